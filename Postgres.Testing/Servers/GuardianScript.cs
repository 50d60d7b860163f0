namespace Postgres.Testing;

/// <summary>The guardian's program, for any POSIX shell.</summary>
static class GuardianScript
{
    /// <summary>Its name in the server's folder.</summary>
    public const string Name = "guardian.sh";

    /// <summary>Mode: stay until the owner ends, so that it can read the log of a command that ended by itself.</summary>
    public const string Linger = "linger";

    /// <summary>Mode: end with the command, as an orchestrator expects; the owner is at the named pipe <see cref="OwnerPipe"/>.</summary>
    public const string Leave = "leave";

    /// <summary>Mode: as <see cref="Linger"/>, for a command that is no server but makes a cluster.</summary>
    public const string Build = "build";

    /// <summary>Named pipe that the owner keeps open for writing in <see cref="Leave"/> mode.</summary>
    public const string OwnerPipe = "owner.pipe";

    /// <summary>The script: <c>guardian.sh folder mode command [argument...]</c>.</summary>
    public const string Text = """
        folder=$1 mode=$2
        shift 2
        umask 077
        # As the owner does, which finds programs in the system's own folders whatever its PATH says.
        export PATH="${PATH:+$PATH:}/usr/bin:/bin:/usr/sbin:/sbin"
        unset PGDATA PGPORT PGTZ PGDATESTYLE PGCLIENTENCODING
        export LC_ALL=C
        if [ -p owner.pipe ]; then
          exec 3<owner.pipe
        else
          exec 3<&0
          # Started early, so that its own start costs no time: the owner says when all is in place.
          read -r _ || { rm -rf "$folder"; exit 1; }
        fi
        exec </dev/null 4>&1 >>server.log 2>&1

        "$@" 3<&- 4>&- 5>&- &
        command=$!

        # An orchestrator shows what it reads: what comes on standard error it marks as an error.
        tail= show=
        if [ "$mode" = leave ]; then
          mkfifo log.pipe
          tail -n +1 -f server.log 3<&- 4>&- 5>&- >log.pipe &
          tail=$!
          (
            tab=$(printf '\t') to=5
            # Its own reading, line by line, as awk and sed would hold lines back.
            while IFS= read -r line && [ "$line" != "$folder" ]; do
              # The severity follows four columns; lines that continue an entry have none, and stay with it.
              case $line in
                [0-9]*"$tab"*"$tab"*"$tab"*"$tab"*) entry=${line#*"$tab"*"$tab"*"$tab"*"$tab"} ;;
                *) entry=$line ;;
              esac
              case $entry in
                WARNING:*|ERROR:*|FATAL:*|PANIC:*) to=5 ;;
                LOG:*|INFO:*|NOTICE:*|DEBUG?:*) to=4 ;;
              esac
              printf '%s\n' "$line" >&$to
            done
          ) 3<&- <log.pipe &
          show=$!
        fi

        # Processes that work in the cluster's folder.
        workers() {
          find /proc -maxdepth 2 -name cwd -lname "*/${folder##*/}/data*" 2>/dev/null | while IFS=/ read -r _ _ pid _; do echo "$pid"; done
        }

        # What makes a cluster is several processes, and has shared memory that stays when it is killed and bears no name of ours:
        # they are frozen, so that what they have can be read.
        abandon() {
          kill -STOP "-$command"
          sleep 0.01
          # What is not mapped yet is an open file.
          segments=$(workers | while read -r pid; do
            grep -o '/dev/shm/PostgreSQL[.0-9]*' "/proc/$pid/maps"
            find "/proc/$pid/fd" -lname '/dev/shm/PostgreSQL*' -exec readlink {} ';'
          done)
          kill -KILL "-$command" "$command"
          [ -z "$segments" ] || rm -f $segments
          # Who was about to end may have unmapped its own, and not yet removed it: what is younger than we are, and twice nobody's, is left over.
          tries=0
          while [ -n "$(workers)" ] && [ $tries -lt 50 ]; do
            sleep 0.01
            tries=$((tries + 1))
          done
          segments=$(unclaimed /dev/shm/PostgreSQL.*)
          [ -z "$segments" ] || { sleep 0.05; rm -f $(unclaimed $segments); }
        }

        unclaimed() {
          for segment do
            [ -O "$segment" ] && [ "$segment" -nt guardian.sh ] || continue
            grep -qsF "$segment" /proc/[0-9]*/maps && continue
            [ -n "$(find /proc/[0-9]*/fd -lname "$segment" 2>/dev/null)" ] || echo "$segment"
          done
        }

        # An immediate shutdown, then force: also for a process that was stopped with SIGSTOP.
        stop() {
          if [ "$mode" = build ]; then
            abandon 2>/dev/null
            return
          fi
          kill -QUIT "$command" 2>/dev/null
          tries=0
          while kill -0 "$command" 2>/dev/null && [ $tries -lt 100 ]; do
            sleep 0.01
            tries=$((tries + 1))
          done
          if kill -0 "$command" 2>/dev/null; then
            kill -KILL "-$command" "$command" 2>/dev/null
          fi
        }

        # A postmaster that was killed leaves its pid file, perhaps busy backends, and its lock in shared memory.
        finish() {
          if [ -e data/postmaster.pid ]; then
            workers | while read -r pid; do kill -KILL "$pid"; done
            memory=$(sed -n '7s/^ *[0-9]* *//p' data/postmaster.pid)
            [ -z "$memory" ] || ipcrm -m "$memory"
          fi
          case $mode in
            linger|build)
              echo "$code" >&4
              exec 4>&-
              wait "$watcher"
              ;;
            *) kill "$watcher" ;;
          esac
          if [ -n "$show" ]; then
            # The last lines are the ones that matter. Whoever does not read them must not hold us up.
            echo "$folder" >>server.log
            tries=0
            while kill -0 "$show" && [ $tries -lt 150 ]; do
              sleep 0.02
              tries=$((tries + 1))
            done
            kill "$tail" "$show"
          fi
          rm -rf "$folder" || { sleep 0.1; rm -rf "$folder"; }
        }

        (
          exec 4>&- 5>&-
          read -r _ <&3
          stop
          if ! kill -0 $$ 2>/dev/null; then mode=alone watcher=$$ finish; fi
        ) &
        watcher=$!

        trap stop TERM INT HUP
        while :; do
          wait "$command"
          code=$?
          kill -0 "$command" 2>/dev/null || break
        done
        finish 2>/dev/null
        exit $code

        """;
}
