"""Lists of ids that are too long for an address, where several processes answer to it."""

from dashboard.state.store import Store
from queries.records import dataclass

KEPT = "interval '1 day'"
MOST_LISTS = 200  # the oldest make room
_FORGET = f"""
delete from kept_list where until < clock_timestamp() or name in (
    select l.name from kept_list as l order by l.until desc offset {MOST_LISTS - 1}
)
"""
_SAME = """
update kept_list
set
    kept_by = case when :by = any(kept_by) then kept_by else array_append(kept_by, :by) end,
    until = clock_timestamp() + interval '1 day'
where content = :content and environment is not distinct from :environment
returning name
"""
_KEEP = f"""
insert into kept_list (name, content, environment, kept_by, until)
values (:name, :content, :environment, array[cast(:by as text)], clock_timestamp() + {KEPT})
"""
_GET = """
select content, environment, kept_by from kept_list
where name = :name and until > clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class SharedList:
    text: str
    environment: str | None
    by: frozenset[str]


class SharedLists:
    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, name: str, text: str, environment: str | None, user: str) -> str:
        """Keep a list by a name that nobody can guess; return the one that it has already."""
        values = {"content": text, "environment": environment, "by": user}
        with self._store.writing() as session:
            session.rows(_FORGET)
            if found := session.rows(_SAME, values):
                return str(found[0][0])
            session.rows(_KEEP, {**values, "name": name})
        return name

    def get(self, name: str) -> SharedList | None:
        with self._store.reading() as session:
            found = session.rows(_GET, {"name": name})
        return next((SharedList(text, place, frozenset(by)) for text, place, by in found), None)
