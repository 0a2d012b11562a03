#!/usr/bin/env bash
# A deploy that nobody notices: ./run deploy [--force] [--patience SECONDS]. docs/deploys.md says how and why.
#
#   build ─► migrate ─► a first new web and ws, on trial ─► one after the other: new one up, old one out ─► nginx, if changed
#
# What is old and what is new is read off the containers, so a deploy that was interrupted goes on when run again. Only how
# many containers there were has to be remembered (var/deploy-PROJECT); the file is there while a deploy is unfinished.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

ROLLED="web ws"
FOUND_WITHIN=20 # seconds for nginx to find a new container; it asks for the names every 2

force=no
patience=120
project=
state=
targets=    # what the containers should be, as learn_targets asked
nginx_changed=no
replaced=no # whether an old container is gone already, so that there is no simple way back
fresh=      # the containers of this run that are on trial
found=      # those to which nginx sends requests

main() {
    read_arguments "$@"
    # Where a command holds two substitutions, bash 5.2 may run a trap while it reads the second, and take the rest of the
    # script for lost: so no command here holds more than one.
    trap 'say "Interrupted. ./run deploy goes on from here."; exit 130' INT TERM HUP
    project=$(docker compose config | sed -n 's/^name: //p') || die "docker compose cannot read the configuration."
    mkdir -p var
    state=var/deploy-$project
    take_lock
    check_stack
    build
    learn_targets
    remember
    if ! plan; then
        rm -f "$state"
        say "Nothing to do: all containers are of this image and these settings. (--force replaces them anyway.)"
        return
    fi
    local service
    if work_left web || work_left ws; then
        migrate
        for service in $ROLLED; do try_out "$service"; done
        for service in $ROLLED; do roll "$service"; done
    fi
    rm -f "$state"
    if [[ $nginx_changed == yes ]]; then replace_nginx; fi
    say "Done."
}

read_arguments() {
    while [[ $# -gt 0 ]]; do
        case "$1" in
            --force) force=yes ;;
            --patience) patience=${2:-} && shift ;;
            *) usage ;;
        esac
        shift || usage
    done
    [[ $patience =~ ^[1-9][0-9]*$ ]] || usage
}

usage() {
    echo "Usage: ./run deploy [--force] [--patience SECONDS]" >&2
    echo "  --force     replace the containers though nothing changed" >&2
    echo "  --patience  how long a new container may take to become healthy (120)" >&2
    exit 2
}

take_lock() {
    # Held until this process, and what it has started, ends. Where there is no flock (macOS), the file says who holds it.
    local holder
    exec 9>>"$state.lock"
    if command -v flock >/dev/null; then
        flock --nonblock 9 || die "Another deploy of $project is running."
    else
        holder=$(tail -n 1 "$state.lock")
        if [[ -n $holder ]] && kill -0 "$holder" 2>/dev/null; then die "Another deploy of $project is running."; fi
        echo $$ >"$state.lock"
    fi
}

check_stack() {
    local service
    for service in db redis nginx $ROLLED; do
        [[ -n $(containers "$service" running) ]] || die "The stack is not up: no $service runs. Start it: docker compose up --build --wait"
    done
    [[ $(inspect "$(containers nginx running)" '{{range .Mounts}}{{.Destination}} {{end}}') == *"/srv/tertulia/static "* ]] ||
        die "This nginx is of a time when releases did not share their static files. Once more: docker compose up --build --wait"
}

# --- What is there ---

containers() {
    # The ids of a service's containers, the oldest first; with a second argument those in this state.
    docker ps --all --quiet --no-trunc ${2:+--filter "status=$2"} --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False |
        awk '{lines[NR] = $0} END {for (i = NR; i > 0; i--) print lines[i]}'
}

inspect() { docker inspect --format "$2" "$1"; }
name_of() { inspect "$1" '{{slice .Name 1}}'; }
number_of() { containers "$1" | awk 'END {print NR}'; }

is_same_image() {
    # Ids would not do: a build that changes nothing may make a new one. Nor do layers: where the build's cache is gone or
    # was filled twice, they hold the same files with other times. For web and ws that is change enough; of nginx, which
    # must not be replaced for nothing, and redis the files themselves are compared.
    local service=$1 one=$2 other=$3
    if is_alike layers_of "$one" "$other"; then return 0; fi
    case "$service" in nginx | redis) is_alike files_of "$one" "$other" ;; *) return 1 ;; esac
}

is_alike() {
    # Whether a question about two images has the same answer.
    local answer
    answer=$("$1" "$2")
    [[ $("$1" "$3") == "$answer" ]]
}

layers_of() { docker image inspect --format '{{json .RootFS.Layers}} {{json .Config}}' "$1"; }

files_of() {
    docker image inspect --format '{{json .Config}}' "$1"
    docker run --rm --network none --user 0 --entrypoint sh "$1" -c "find / -xdev -type f ! -path '/proc/*' ! -path '/sys/*' \
        ! -path '/dev/*' ! -path '/etc/host*' ! -path /etc/resolv.conf ! -path /.dockerenv -exec sha256sum {} + | sort | sha256sum"
}

learn_targets() {
    # Asked once, right after the build: it takes Compose a moment, and a name may stand for another image later.
    local service name
    targets=$(
        docker compose config --hash '*' | sed 's/ / settings /'
        docker compose config | awk '/^[a-z]/ {part = $1} part == "services:" && /^  [a-z]/ {service = $1; sub(/:$/, "", service)}
            part == "services:" && /^    image: / {print service, $2}' | while read -r service name; do
            echo "$service name $name"
            echo "$service image $(docker image inspect --format '{{.Id}}' "$name")"
        done
    )
}

target() { awk -v service="$1" -v what="$2" '$1 == service && $2 == what {print $3}' <<<"$targets"; }

is_new() {
    # Whether a container is what `docker compose up` would make now.
    local service=$1 id=$2 settings image
    if grep -qsx force "$state" && grep -qsxF "$id" "$state"; then return 1; fi
    settings=$(inspect "$id" '{{index .Config.Labels "com.docker.compose.config-hash"}}')
    image=$(inspect "$id" '{{.Image}}')
    [[ $(target "$service" settings) == "$settings" ]] || return 1
    is_same_image "$service" "$image" "$(target "$service" image)"
}

those() {
    # The ids of a service's new containers, or of its old ones.
    local id kind
    for id in $(containers "$2"); do
        kind=old
        if is_new "$2" "$id"; then kind=new; fi
        [[ $kind != "$1" ]] || echo "$id"
    done
}

is_changed() { [[ -n $(those old "$1") ]]; }

wanted() { sed -n "s/^$1=//p" "$state"; }

work_left() {
    local wanted
    wanted=$(wanted "$1")
    is_changed "$1" || [[ $(number_of "$1") -ne $wanted ]]
}

remember() {
    # How many containers there were, and which. Once those are gone, an older note has nothing more to say.
    local service
    if [[ -s $state ]] && is_unfinished; then
        say "Going on with the deploy that was begun at $(date -r "$state" +%H:%M)."
        replaced=yes
        return
    fi
    for service in $ROLLED; do
        echo "$service=$(number_of "$service")"
        containers "$service"
    done >"$state.new"
    if [[ $force == yes ]]; then echo "force" >>"$state.new"; fi
    mv "$state.new" "$state"
}

is_unfinished() {
    local service id
    for service in $ROLLED; do
        for id in $(containers "$service"); do
            if grep -qxF "$id" "$state"; then return 0; fi
        done
    done
    return 1
}

plan() {
    # Says what will be done; false if that is nothing.
    local service old todo=no
    for service in $ROLLED; do
        old=$(those old "$service" | awk 'END {print NR}')
        say "$service: $old of $(wanted "$service") to replace"
        if work_left "$service"; then todo=yes; fi
    done
    if is_changed redis; then
        say "redis has changed and is not touched. This replaces it: docker compose up --wait --no-deps redis"
        say "  (sockets stay open, messages may come two seconds late)"
    fi
    if is_changed db; then
        say "db has changed and is not touched. This replaces it: docker compose up --wait --no-deps db"
        say "  (sockets stay open, requests fail for some seconds)"
    fi
    if is_changed nginx; then
        say "nginx has changed, too: it is replaced last. Every socket then reconnects, once, within seconds."
        nginx_changed=yes todo=yes
    fi
    [[ $todo == yes ]]
}

# --- The steps ---

build() {
    say "Building the images"
    # Attestations hold the time, so with them each build would be another image.
    BUILDX_NO_DEFAULT_ATTESTATIONS=1 logged docker compose --progress plain build || die "The build failed. Nothing was replaced."
}

migrate() {
    say "Migrating with the new image, while the old one serves"
    logged docker compose --progress quiet run --rm --no-deps -T migrate ||
        give_up "The migration failed. Nothing was replaced: the old containers go on."
    grep -E '^ +Applying|^Static' "$state.log" | indent || true
}

try_out() {
    # One new container of each service must be healthy before any old one goes. A service that has one passes.
    local wanted
    wanted=$(wanted "$1")
    if is_changed "$1" && [[ $(number_of "$1") -le $wanted ]]; then add "$1"; fi
}

roll() {
    local service=$1 status id old all
    for status in exited created dead; do
        for id in $(containers "$service" "$status"); do
            docker rm --force "$id" >/dev/null # what an interrupted deploy left
        done
    done
    while work_left "$service"; do
        old=$(those old "$service")
        all=$(number_of "$service")
        if [[ $all -le $(wanted "$service") ]]; then
            add "$service"
            continue
        fi
        for id in $(those new "$service"); do
            is_well "$id" || reject "$service" "$id" "is not healthy"
            await_nginx "$service" "$id"
        done
        # Where only the number is wrong, the newest is one too many.
        retire "$service" "${old:-$(containers "$service" | tail -n 1)}"
    done
    say "$service: $(number_of "$service") new"
}

add() {
    # Starts a new container beside those that are there, and waits until it is well.
    local service=$1 before number id started=yes
    before=$(containers "$service")
    number=$(number_of "$service")
    logged docker compose --progress quiet up --detach --no-deps --no-build --no-recreate \
        --scale "$service=$((number + 1))" "$service" || started=no
    id=$(containers "$service" | grep --invert-match --fixed-strings "${before:-none}") || give_up "There is no new $service."
    fresh="$fresh $id"
    [[ $started == yes ]] || reject "$service" "$id" "did not start"
    say "$service: $(name_of "$id") starts"
    is_new "$service" "$id" || reject "$service" "$id" "is not of the image that was built: does somebody else build it, too?"
    is_well "$id" || reject "$service" "$id" "is not healthy"
}

is_well() {
    # Whether a container becomes healthy in the time that it has. One that ends, or is started again, does not.
    local deadline=$((SECONDS + patience))
    while [[ $SECONDS -lt $deadline ]]; do
        case "$(inspect "$1" '{{.State.Status}} {{.State.Health.Status}} {{.RestartCount}}')" in
            "running healthy "*) return 0 ;;
            "running starting 0") sleep 0.5 ;;
            *) return 1 ;;
        esac
    done
    return 1
}

await_nginx() {
    # nginx asks Docker's DNS for the names every two seconds. Its log tells whom it sends requests to: so ask something
    # now and then, though nobody else does.
    local service=$1 id=$2 nginx network address path port=8000 deadline=$((SECONDS + FOUND_WITHIN))
    if [[ " $found " == *" $id "* ]]; then return; fi
    nginx=$(containers nginx running)
    # shellcheck disable=SC2016  # Go's variables
    network=$(inspect "$nginx" '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}')
    address=$(inspect "$id" "{{(index .NetworkSettings.Networks \"${network%% *}\").IPAddress}}")
    path=/healthz
    if [[ $service == ws ]]; then port=8001 path=/ws/chat/; fi
    # Since it started: before, the address may have been another's.
    until docker logs --since "$(inspect "$id" '{{.State.StartedAt}}')" "$nginx" 2>/dev/null |
        grep --fixed-strings "\"$address:$port\"" >/dev/null; do
        [[ $SECONDS -lt $deadline ]] || reject "$service" "$id" "is healthy, but nginx has not found it at $address:$port"
        docker exec "$nginx" curl --silent --output /dev/null --max-time 3 "http://127.0.0.1:8080$path" || true
        sleep 0.2
    done
    found="$found $id"
    say "$service: $(name_of "$id") is healthy, and nginx sends to it"
}

retire() {
    # SIGTERM, and as long as the service may take to see its clients off (stop_grace_period).
    local service=$1 id=${2%%$'\n'*} name code from=$SECONDS
    name=$(name_of "$id")
    say "$service: $name leaves"
    replaced=yes fresh=
    docker stop "$id" >/dev/null
    code=$(inspect "$id" '{{.State.ExitCode}}')
    docker rm "$id" >/dev/null
    if [[ $code -eq 137 ]]; then
        say "$service: $name was not done in time and was killed. Is STOP_GRACE longer than DRAIN_SECONDS?"
    else
        say "$service: $name has left, $((SECONDS - from)) s"
    fi
}

replace_nginx() {
    # The port has one owner at a time, and nginx told to leave politely would keep it until the last socket is gone: so
    # what is being answered has a second to end.
    local from=$SECONDS
    say "nginx is replaced"
    if ! logged docker compose --progress quiet up --detach --no-deps --no-build --force-recreate --timeout 1 nginx ||
        ! is_well "$(containers nginx running)"; then
        die "nginx could not be replaced. Look: docker compose logs nginx"
    fi
    say "nginx is new and healthy, $((SECONDS - from)) s"
}

# --- When it fails ---

reject() {
    # Takes a new container away again, and ends.
    local service=$1 id=$2 why=$3
    say "$service: $(name_of "$id") $why. It logged:"
    docker logs --tail 30 "$id" 2>&1 | indent
    docker rm --force "$id" >/dev/null
    fresh=${fresh/" $id"/}
    if [[ $replaced == no ]]; then give_up "Nothing was replaced: the old containers go on."; fi
    die "Old and new containers go on side by side. Mend it and run ./run deploy again; so you also go back to an older release."
}

give_up() {
    # Before anything was replaced: away with what is on trial, and the images' names point to what runs.
    local id service image
    if [[ $replaced == no ]]; then
        for id in $fresh; do
            docker stop "$id" >/dev/null
            docker rm "$id" >/dev/null
        done
        for service in web redis nginx; do
            image=$(inspect "$(containers "$service" running | head -n 1)" '{{.Image}}') || continue
            docker tag "$image" "$(target "$service" name)" || true
        done
        rm -f "$state"
    fi
    die "$@"
}

# --- Talking ---

logged() {
    # What a command prints is shown only if it fails.
    "$@" </dev/null >"$state.log" 2>&1 && return
    tail -n 40 "$state.log" | indent >&2
    return 1
}

indent() { sed 's/^/         | /'; }

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

die() {
    say "$@" >&2
    exit 1
}

main "$@"
