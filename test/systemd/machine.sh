#!/bin/sh
# Boots a systemd as process 1 of namespaces of its own, in a tree that is in memory alone: /usr and what is named are there to
# be read, nothing of this machine is there to be written, and of units only those that the tests bring.
#   unshare --mount --pid --fork --cgroup --kill-child machine.sh <mount namespace of the host> <empty folder> <app> <folder>...
# <app> is /srv/shop there, and each <folder> has its own path.
set -eu
host=$1 tree=$2 app=$3
shift 3

if [ "$(readlink /proc/self/ns/mnt)" = "$host" ]; then
  echo "machine.sh: not in a mount namespace of its own" >&2
  exit 1
fi
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$tree"
cd "$tree"

# Read-only: what is of this machine.
show() {
  mkdir -p ".$2"
  mount --bind "$1" ".$2"
  mount -o remount,bind,ro ".$2"
}
show /usr /usr
show "$app" /srv/shop
for folder in "$@"; do
  [ -e ".$folder" ] || show "$folder" "$folder"
done
for each in bin sbin lib lib64; do
  [ ! -e "/$each" ] || ln -s "usr/$each" "$each"
done

mkdir -p etc home root var/lib var/log tmp var/tmp
chmod 1777 tmp var/tmp
printf 'root:x:0:0::/root:/bin/sh\nshop:x:4711:4711::/srv/shop:/usr/sbin/nologin\n' >etc/passwd
printf 'root:x:0:\nshop:x:4711:\n' >etc/group
cp /etc/ld.so.cache etc/

mkdir -p dev proc sys run
mount -t tmpfs -o mode=755 tmpfs dev
for each in null zero full random urandom tty; do
  : >"dev/$each"
  mount --bind "/dev/$each" "dev/$each"
done
mkdir dev/pts dev/shm dev/mqueue dev/hugepages
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
mount -t tmpfs -o mode=755 tmpfs run

# The targets that units name, with nothing in them.
mkdir -p run/units
for each in nothing sysinit basic multi-user network-online shutdown; do
  printf '[Unit]\nDescription=%s\n' "$each" >"run/units/$each.target"
done
export SYSTEMD_UNIT_PATH=/run/units:/etc/systemd/system container=test

mkdir old
pivot_root . old
umount -l old
exec /usr/lib/systemd/systemd --system --unit=nothing.target --show-status=no
