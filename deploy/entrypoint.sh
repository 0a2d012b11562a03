#!/bin/bash
# The roles of the one image. Anything that is not a role is run as a command:
#   docker compose run --rm web python manage.py check --deploy
set -euo pipefail

role=${1:-web}
[ $# -eq 0 ] || shift

case "$role" in
    web)
        # gunicorn reads it before our settings do, and fails with a traceback.
        case "${WEB_CONCURRENCY:-}" in
            '') unset WEB_CONCURRENCY ;;
            *[!0-9]*)
                echo "tertulia: WEB_CONCURRENCY is '$WEB_CONCURRENCY'. Set it to a whole number, 1 or more." >&2
                exit 1
                ;;
        esac
        exec python -m gunicorn -c ../deploy/gunicorn.conf.py "$@" config.wsgi:application
        ;;
    ws)
        # One file a socket: take as many as the engine grants; what a process gets unasked may be 1024.
        ulimit -n "$(ulimit -Hn)"
        exec python -m realtime.server --bind 0.0.0.0 --port 8001 "$@"
        ;;
    migrate)
        # What outlives a release: the static files that open pages ask for, and the tables.
        python -I -S ../deploy/publish_static.py
        exec python manage.py migrate --noinput "$@"
        ;;
    setup) exec python ../deploy/make_secrets.py "$@" ;;
    *) exec "$role" "$@" ;;
esac
