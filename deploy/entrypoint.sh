#!/bin/bash
# The roles of the one image. Anything that is not a role is run as a command:
#   docker compose run --rm web python manage.py check --deploy
set -euo pipefail

role=${1:-web}
[ $# -eq 0 ] || shift

case "$role" in
    web) exec python -m gunicorn -c ../deploy/gunicorn.conf.py "$@" config.wsgi:application ;;
    ws)
        # One file a socket: take as many as the engine grants; what a process gets unasked may be 1024.
        ulimit -n "$(ulimit -Hn)"
        exec python -m realtime.server --bind 0.0.0.0 --port 8001 "$@"
        ;;
    migrate) exec python manage.py migrate --noinput "$@" ;;
    setup) exec python ../deploy/make_secrets.py "$@" ;;
    *) exec "$role" "$@" ;;
esac
