# Sourced by every script here.

# What the host learns from the serial console goes through these: stage NAME, error CODE message…, report NAME value…
stage() { echo "berth: stage $1" >/dev/console; }
error() { echo "berth: error $*" >/dev/console; }
report() { echo "berth: report $*" >/dev/console; }

# wait_until COMMAND…, as in: wait_until test -S /run/docker.sock
wait_until() { until "$@"; do sleep 0.1; done; }

# pause SECONDS: as sleep, but in the shell itself. Starting a program every few seconds is what an idle machine would
# spend most of its time on.
pause() {
	if [ ! -p /run/berth/never ]; then mkfifo /run/berth/never 2>/dev/null; fi
	read -r -t "$1" _ <>/run/berth/never
	:
}

# announce STAGE COMMAND…: in the background, reports the stage when the command succeeds; gives up when the service
# that is being started, which is this script's process, has ended.
announce() {
	name=$1
	shift
	( (
		while kill -0 $$ 2>/dev/null; do
			if "$@"; then
				stage "$name"
				break
			fi
			sleep 0.1
		done
	) & )
}

# load MODULE…: by path, because the shell would run busybox's modprobe, which takes a module that another process
# is just loading for loaded.
load() { /usr/sbin/modprobe -a "$@"; }

# from_host NAME FILE: copies opt/berth/NAME from the host's fw_cfg, if the host gave it.
from_host() {
	load qemu_fw_cfg
	entry=/sys/firmware/qemu_fw_cfg/by_name/opt/berth/$1/raw
	if [ -e "$entry" ]; then cat "$entry" >"$2"; fi
}

# free_mib FOLDER: what anybody may still write there.
free_mib() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }

# begin NAME CODE: at the start of a service's script. Its output goes to its log from here on, and
# /run/berth/NAME.pid holds its process id, which stays the same when the script becomes the daemon.
# init starts the script again whenever the service ends, so the second time something has failed.
begin() {
	log=/var/log/$1.log
	pid=/run/berth/$1.pid
	if [ -e "$pid" ]; then
		error "$2" "$1 ended and starts again: $(tail -n 1 "$log")"
		sleep 3
	fi
	echo $$ >"$pid"
	exec >>"$log" 2>&1
}
