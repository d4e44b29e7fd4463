# shellcheck shell=sh
# Every kind of change that a file system knows, to files of the image and to new ones.
set -eu
umask 022

echo new >/data/new
mkdir -p /data/deep/er
echo deep >/data/deep/er/file
mkfifo /data/fifo

rm /image/delete
echo edited >>/image/edit
chmod 4711 /image/chmod
chown 1000:1000 /image/chown
ln -s /image/edit /data/symlink
ln -s nowhere /data/dangling
ln /image/link /data/hardlink
mv /image/rename /image/renamed
touch -d '2001-02-03 04:05:06' /image/touch
scratch xattr-set /image/xattr 'a value'

mv /folder /moved
mkdir /folder
echo opaque >/folder/only

mkdir /home/dev/.cache
chown -R dev:dev /home/dev/.cache
chmod 0700 /home/dev/.cache
truncate -s 1048576 /data/sparse
echo root >/root/.profile
