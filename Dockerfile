# Three images: "app", one for every role of the application; "nginx" and "redis", each with its configuration inside.
# Nothing is mounted from the checkout, so its owner, modes and place do not matter.
# The base images are arguments, so that a mirror may stand in for Docker Hub.
ARG PYTHON_IMAGE=python:3.14-slim
ARG NGINX_IMAGE=nginx:1.30
ARG REDIS_IMAGE=redis:8

# --- The virtual environment: what the lock file names, as wheels, and nothing else. No compiler anywhere. ---
FROM ${PYTHON_IMAGE} AS packages
WORKDIR /srv/tertulia
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
COPY requirements.txt ./
# hadolint ignore=DL3042  # the cache is a mount, not a layer
RUN --mount=type=cache,target=/var/cache/pip \
    python -m venv --without-pip venv \
    && pip --python venv/bin/python install --quiet --no-compile --require-hashes --only-binary=:all: \
        -r requirements.txt \
    && venv/bin/python -m compileall -q --invalidation-mode unchecked-hash venv/lib

# --- The source, ready to run: translations and bytecode compiled, static files collected under hashed names. ---
FROM packages AS source
# What makes the static files, and stays in this stage.
COPY requirements-build.txt ./
# hadolint ignore=DL3042  # the cache is a mount, not a layer
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --quiet --no-compile --require-hashes --only-binary=:all: --target build -r requirements-build.txt
COPY app app
COPY deploy deploy
# The checkout's modes depend on the umask of whoever cloned; here they are made the same for everyone.
RUN chmod -R u=rwX,go=rX app deploy && chmod 755 deploy/entrypoint.sh \
    && venv/bin/pybabel --quiet compile --domain django --directory app/locale \
    && venv/bin/python -m compileall -q --invalidation-mode unchecked-hash app deploy
# Settings that only let collectstatic start: the key is random, used once, and in no layer; nothing is connected to.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    DATABASE_URL=postgresql://build@build/build REDIS_URL=redis://build ORIGINS=http://build \
    STATIC_ROOT=/srv/tertulia/static DJANGO_SETTINGS_MODULE=config.settings PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=build \
    venv/bin/python app/manage.py collectstatic --noinput

# --- What nginx will serve: the static files, compressed once and for all, and the style of its own error pages. ---
FROM source AS static
COPY nginx/pages/errors.css static/nginx/errors.css
RUN find static -type f -size +1k \
        \( -name '*.css' -o -name '*.js' -o -name '*.json' -o -name '*.map' -o -name '*.svg' -o -name '*.txt' \) \
        ! -name staticfiles.json -exec gzip -9 --keep --no-name {} + \
    && chmod -R u=rwX,go=rX static

# --- nginx: its configuration and nothing of the application, so that a new release leaves this image as it is. ---
FROM ${NGINX_IMAGE} AS nginx
LABEL org.opencontainers.image.title="Tertulia: nginx" org.opencontainers.image.licenses="MIT"
COPY nginx/nginx.conf /etc/nginx/nginx.conf
COPY nginx/includes /etc/nginx/includes
COPY nginx/templates /etc/nginx/templates
COPY nginx/pages /srv/tertulia/pages/errors
COPY nginx/pages/errors.css /srv/tertulia/static/nginx/errors.css
# The checkout's modes depend on the umask of whoever cloned; here they are made the same for everyone. The static files
# and the uploads come by volumes, which are the application's to write. The rendered templates go to conf.d, a tmpfs in
# the stack, since the root is read-only.
RUN chmod -R u=rwX,go=rX /etc/nginx/nginx.conf /etc/nginx/includes /etc/nginx/templates /srv/tertulia \
    && chown -R 10001:10001 /srv/tertulia/static \
    && install -d -o 10001 -g 10001 -m 755 /srv/tertulia/uploads \
    && install -d -o 101 -g 101 -m 700 /srv/tertulia/bodies \
    && chown 101:101 /etc/nginx/conf.d
USER 101:101
EXPOSE 8080

FROM ${REDIS_IMAGE} AS redis
LABEL org.opencontainers.image.title="Tertulia: Redis" org.opencontainers.image.licenses="MIT"
COPY --chmod=644 deploy/redis.conf /etc/redis.conf
USER 999:999
# Not the base image's entrypoint: it steps down from root, which we are not, and loads modules that nobody uses.
ENTRYPOINT ["redis-server", "/etc/redis.conf"]

# --- The application: web, ws, migrate, setup. Last, so that it is what a plain `docker build` makes. ---
FROM ${PYTHON_IMAGE} AS app
LABEL org.opencontainers.image.title="Tertulia" org.opencontainers.image.licenses="MIT"
# These folders belong to the application: Docker gives a new volume the owner and mode of the folder it is mounted on.
RUN groupadd --gid 10001 tertulia \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tertulia \
    && install -d -o tertulia -g tertulia -m 750 /srv/tertulia/secrets/app /srv/tertulia/secrets/database \
    && install -d -o tertulia -g tertulia -m 755 /srv/tertulia/published /srv/tertulia/uploads
COPY --from=packages /srv/tertulia/venv /srv/tertulia/venv
COPY --from=source /srv/tertulia/app /srv/tertulia/app
COPY --from=source /srv/tertulia/deploy /srv/tertulia/deploy
# Pages look up the hashed names in it; `migrate` publishes the files themselves to nginx.
COPY --from=static /srv/tertulia/static /srv/tertulia/static
# The root is read-only: no bytecode is written, all of it is here already.
ENV PATH=/srv/tertulia/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings STATIC_ROOT=/srv/tertulia/static UPLOADS_ROOT=/srv/tertulia/uploads
WORKDIR /srv/tertulia/app
USER 10001:10001
EXPOSE 8000 8001
ENTRYPOINT ["/srv/tertulia/deploy/entrypoint.sh"]
CMD ["web"]
