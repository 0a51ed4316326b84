# What the scripts here share; read by them, not run. Servers listen on this machine alone, their process ids lie in a folder, and each ends by
# itself after a deadline.

: "${SPARK_SERVERS:=${TMPDIR:-/tmp}/churn-spark-servers}"   # process ids and logs
: "${SPARK_DEADLINE:=1800}"                                 # seconds after which a server is killed
here=$(cd "$(dirname "$0")" && pwd)
: "${SPARK_VENVS:=$here/.venv}"                             # what install.sh made

# begin NAME COMMAND...: starts a server in the background; its process id lies in NAME.pid, its output in NAME.log.
begin() {
    mkdir -p "$SPARK_SERVERS"
    name=$1
    shift
    if alive "$name"; then
        echo "$name is running already (process $(cat "$SPARK_SERVERS/$name.pid"))" >&2
        return 1
    fi
    "$@" >"$SPARK_SERVERS/$name.log" 2>&1 </dev/null &
    server=$!
    echo "$server" >"$SPARK_SERVERS/$name.pid"
    # Whoever forgets to stop it: nothing is left behind. The number may be another process's by then, so its start is compared.
    born=$(started "$server")
    (
        waited=0
        while [ "$waited" -lt "$SPARK_DEADLINE" ] && [ "$(started "$server")" = "$born" ]; do
            sleep 5
            waited=$((waited + 5))
        done
        if [ "$(started "$server")" = "$born" ]; then kill -9 "$server"; fi
    ) >/dev/null 2>&1 </dev/null &
}

# started PID: when a process was started, in ticks of the kernel; nothing if there is none.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# alive NAME: whether that server runs.
alive() { [ -s "$SPARK_SERVERS/$1.pid" ] && kill -0 "$(cat "$SPARK_SERVERS/$1.pid")" 2>/dev/null; }

# end NAME: asks the server to end, and makes it.
end() {
    [ -s "$SPARK_SERVERS/$1.pid" ] || return 0
    server=$(cat "$SPARK_SERVERS/$1.pid")
    kill "$server" 2>/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.5
    done
    kill -9 "$server" 2>/dev/null || true
    rm -f "$SPARK_SERVERS/$1.pid"
}

# listening NAME PORT SECONDS: waits until the server's port answers.
listening() {
    tried=0
    until python3 -c "import socket; socket.create_connection(('127.0.0.1', $2), 1).close()" 2>/dev/null; do
        tried=$((tried + 1))
        if ! alive "$1" || [ "$tried" -ge $(($3 * 4)) ]; then
            echo "$1 does not listen on port $2; the end of $SPARK_SERVERS/$1.log:" >&2
            tail -5 "$SPARK_SERVERS/$1.log" >&2
            return 1
        fi
        sleep 0.25
    done
}
