namespace Postgres.Testing;

/// <summary>The scripts that install packages on Debian and Ubuntu, to be run as root by <c>sh</c>.</summary>
/// <remarks>Lines that start with <c>==&gt;</c> tell the progress. Two at once wait for each other; one that was interrupted
/// is made good by the next.</remarks>
static class AptScript
{
    const string Marker = "# until the packages are installed";

    const string Start = $$"""
        set -eu
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C
        exec 9>/var/lock/postgres-testing-setup.lock
        flock 9
        say() { echo "==> $*"; }
        apt="apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0"
        clusters=/etc/postgresql-common/createcluster.conf
        work=
        tidy() {
          [ ! -e "$clusters" ] || sed -i '/{{Marker}}$/d' "$clusters"
          [ -z "$work" ] || rm -rf "$work"
        }
        trap tidy EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM

        """;

    /// <summary>Reads the package lists anew; one that cannot be read does not matter.</summary>
    public const string Update = Start + """
        say "Reading the package lists"
        $apt update || say "Some package lists could not be read: going on with the others"

        """;

    /// <summary>Installs the packaged extension with its server.</summary>
    public static string Install(int major) => Start + $"""
        [ ! -e /usr/share/postgresql/{major}/extension/vector.control ] || [ ! -x /usr/lib/postgresql/{major}/bin/initdb ] || exit 0
        {Packages(major, $"postgresql-{major} postgresql-{major}-pgvector")}
        say "PostgreSQL {major} with pgvector is installed"

        """;

    /// <summary>Installs the server and builds the extension from the source package of a newer release, verified by apt.</summary>
    public static string Build(int major, AptSource archive, IReadOnlyList<string> suites) => Start + $$"""
        share=/usr/share/postgresql/{{major}}/extension
        [ ! -e "$share/vector.control" ] || [ ! -x /usr/lib/postgresql/{{major}}/bin/initdb ] || exit 0
        {{Packages(major, $"postgresql-{major} postgresql-server-dev-{major} gcc libc6-dev make dpkg-dev")}}

        # A list of its own, in a folder that apt's unprivileged user can enter: the machine's configuration is not touched.
        work=$(mktemp -d /tmp/pgvector-XXXXXX)
        chmod 755 "$work"
        cd "$work"
        mkdir -p lists/partial source
        private="-o Dir::Etc::sourcelist=$work/archive.sources -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$work/lists"
        private="$private -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
        for suite in {{string.Join(' ', suites)}}; do
          sed "s/^Suites: .*/Suites: $suite/" >archive.sources <<'end-of-source'
        {{archive.ToSourcePackages("suite").TrimEnd()}}
        end-of-source
          say "Getting the source package pgvector of $suite"
          rm -rf lists/* source/*
          mkdir -p lists/partial
          if $apt $private update && (cd source && $apt $private source pgvector); then break; fi
        done
        cd source/pgvector-*/

        say "Building pgvector"
        tools="OPTFLAGS= with_llvm=no PG_CONFIG=/usr/lib/postgresql/{{major}}/bin/pg_config"
        make $tools
        make install $tools DESTDIR="$work/built"

        # The control file goes last: where it is, everything is.
        cd "$work/built"
        find . -type f ! -name vector.control | while read -r file; do install -D -m 644 "$file" "/$file"; done
        install -D -m 644 ".$share/vector.control" "$share/.vector.control.new"
        mv "$share/.vector.control.new" "$share/vector.control"
        say "PostgreSQL {{major}} with pgvector is installed"

        """;

    /// <summary>Installs a package that needs no care: the first that the archive has, or else the last.</summary>
    public static string InstallFirst(params string[] packages) => Update + $"""
        for package in {string.Join(' ', packages)}; do apt-cache show "$package" >/dev/null 2>&1 && break; done
        say "Installing $package"
        $apt install -y --no-install-recommends "$package"

        """;

    // Installing a server makes a cluster and starts it, unless postgresql-common was told otherwise before.
    static string Packages(int major, string packages) => $"""
        say "Installing PostgreSQL {major}"
        dpkg --configure -a || true
        $apt install -y --no-install-recommends postgresql-common
        echo 'create_main_cluster = false {Marker}' >>"$clusters"
        $apt install -y --no-install-recommends {packages}
        sed -i '/{Marker}$/d' "$clusters"
        """;
}
