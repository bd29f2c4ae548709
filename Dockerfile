# The image holds the replicator and what it runs on; the tools that build and test it stay outside.

FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/replicator
# The lock first: this layer is built anew only when a version changes, not with every line of code.
COPY requirements-image.lock ./
RUN /opt/replicator/bin/pip install --require-hashes -r requirements-image.lock
COPY pyproject.toml LICENSE ./
COPY replicator ./replicator
COPY migrations ./migrations
RUN /opt/replicator/bin/pip install --no-deps --no-build-isolation . \
 && /opt/replicator/bin/pip uninstall --yes editables hatchling pip

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin replicator \
 && install --directory --owner=replicator --group=replicator /srv/replicator /srv/replicator/.replicator
COPY --from=build /opt/replicator /opt/replicator
ENV PATH=/opt/replicator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    REPLICATOR_HOST=0.0.0.0 \
    REPLICATOR_PORT=8080
# replicator.toml is looked for here.
WORKDIR /srv/replicator
USER 10001
EXPOSE 8080
# Alive, not ready: a replicator that waits for its database must not be killed for it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"REPLICATOR_PORT\"]}/health/live', timeout=4)"]
ENTRYPOINT ["replicator"]
CMD ["run"]
