"""A process whose root is a FUSE file system that answers until the process lives in it, and then no more.

fuse-root.py FOLDER OPTIONS: mounts it on the folder, prints the number of the process, and waits.
"""
import ctypes
import os
import struct
import sys
import threading

INIT, GETATTR, FORGET = 26, 3, 2
FOLDER = 0o40755
libc = ctypes.CDLL(None, use_errno=True)
folder, options = sys.argv[1:]
fuse = os.open("/dev/fuse", os.O_RDWR)
text = f"fd={fuse},rootmode=40000,user_id=0,group_id=0{options}"
if libc.mount(b"fuse-root", folder.encode(), b"fuse", 0, text.encode()) != 0:
    raise OSError(ctypes.get_errno(), "mount")


def attributes():
    # struct fuse_attr_out: valid for 0 s, then struct fuse_attr of the root.
    return struct.pack("<QII", 0, 0, 0) + struct.pack("<6Q10I", 1, 0, 0, 0, 0, 0, 0, 0, 0, FOLDER, 2, 0, 0, 0, 4096, 0)


def answer():
    while True:
        request = os.read(fuse, 1 << 17)
        _, operation, unique = struct.unpack_from("<IIQ", request)
        if operation == INIT:
            # Version 7.31 and nothing more.
            body = struct.pack("<IIIIHHIIHH8I", 7, 31, 4096, 0, 12, 12, 4096, 1, 1, 0, *[0] * 8)
        elif operation == GETATTR:
            body = attributes()
        elif operation == FORGET:
            continue
        else:
            os.write(fuse, struct.pack("<IiQ", 16, -38, unique))
            continue
        os.write(fuse, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
        if lives_there.is_set():
            return


lives_there = threading.Event()
threading.Thread(target=answer, daemon=True).start()
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    os.chroot(folder)
    os.chdir("/")
    os.write(tell, b"1")
    threading.Event().wait()
os.read(ready, 1)
print(child, flush=True)
lives_there.set()
threading.Event().wait()
