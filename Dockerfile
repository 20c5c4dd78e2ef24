# The dashboard, with the PostgreSQL that migrations are rehearsed in. No secret goes in: mount
# .streamlit/secrets.toml, or set CONNECTIONS__NAME__URL. Runs with a read-only root file system and without capabilities.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt requirements-extra.txt ./
# requirements-extra.txt: alerts and assistants, too
ARG REQUIREMENTS=requirements.txt
# of what is installed, only st.pydeck_chart needs pydeck, and nobody the tests; the rest is
# compiled on all cores, which pip does not
RUN /opt/venv/bin/pip install --no-compile --require-hashes --only-binary :all: -r "$REQUIREMENTS" \
    && /opt/venv/bin/pip uninstall --yes pydeck pip \
    && find /opt/venv/lib -type d -name tests -prune -exec rm -r {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
COPY .streamlit/config.toml .streamlit/
COPY queries queries/
COPY dashboard dashboard/
COPY docs/verdicts.md docs/
# the final file system cannot be written to; dates of files may change on the way there
RUN python -m compileall -q --invalidation-mode unchecked-hash dashboard queries

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    XDG_STATE_HOME=/var/lib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost
# libpq and others look up the name of who runs them;
# a volume for the history belongs to whom the folder in its place belongs to
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp \
    --shell /usr/sbin/nologin dashboard \
    && mkdir --mode=0700 /var/lib/deployment-dashboard \
    && chown 10001:10001 /var/lib/deployment-dashboard
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8501
# not ready until every environment was asked once; through no proxy
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib import request; request.build_opener(request.ProxyHandler({})).open('http://127.0.0.1:8501/readyz', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "dashboard/asgi.py", "--server.address=0.0.0.0", "--server.port=8501"]
