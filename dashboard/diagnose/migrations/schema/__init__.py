"""What the migrations make of a schema, beside what an environment has."""
