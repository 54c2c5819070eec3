# SPDX-License-Identifier: GPL-2.0
"""Serve a device of tgtcore's backend "user" from Python, by libtgtcore.

Fill a Backstore's methods and call serve(NAME, backstore). It is for tests and trials: one queue,
and each read and write makes a copy. Requests come one after the other.
"""
import ctypes
import errno
import os
import signal
import threading
import traceback

OP_READ, OP_WRITE, OP_FLUSH, OP_UNMAP = 1, 2, 3, 4
FUA, REISSUED = 1, 2
OK, EIO, ENOSPC, EBUSY, ENOTREADY = 0, 1, 2, 3, 4
RDONLY, UNMAP, CACHE, NO_DATA = 1, 2, 4, 8


def sense(key, asc, ascq):
    """A status: CHECK CONDITION with this sense."""
    return 5 | key << 8 | asc << 16 | ascq << 24


class Error(Exception):
    """Raised by a method: the command ends with this status."""

    def __init__(self, status):
        super().__init__("status %#x" % status)
        self.status = status


class Info(ctypes.Structure):
    """struct tgtcore_user_info: the device"""
    _fields_ = [(n, ctypes.c_uint32) for n in ("version", "level")] + [
        ("features", ctypes.c_uint64), ("size", ctypes.c_uint64)] + [
        (n, ctypes.c_uint32) for n in ("block_size", "flags", "depth", "max_queues",
                                       "max_regions", "policy", "timeout", "held")] + [
        ("generation", ctypes.c_uint64), ("max_io", ctypes.c_uint32),
        ("more", ctypes.c_uint8 * 60), ("name", ctypes.c_char * 64),
        ("service", ctypes.c_char * 64), ("config", ctypes.c_char * 256)]


assert ctypes.sizeof(Info) == 512


class Request(ctypes.Structure):
    """struct tgtcore_req: a command"""
    _fields_ = [("offset", ctypes.c_uint64), ("len", ctypes.c_uint32), ("op", ctypes.c_uint8),
                ("flags", ctypes.c_uint8), ("tag", ctypes.c_uint16), ("data", ctypes.c_void_p),
                ("id", ctypes.c_uint64), ("region", ctypes.c_uint32), ("at", ctypes.c_uint64)]


_callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Request), ctypes.c_void_p)


class _Params(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint32) for n in ("buf_size", "write_mode", "max_io")] + [
        ("request", _callback), ("priv", ctypes.c_void_p), ("more", ctypes.c_uint8 * 64)]


def _load():
    lib = ctypes.CDLL(os.environ.get("LIBTGTCORE", "libtgtcore.so.0"), use_errno=True)
    lib.tgtcore_open.restype = ctypes.c_void_p
    lib.tgtcore_info.restype = ctypes.POINTER(Info)
    lib.tgtcore_done.argtypes = [ctypes.c_void_p, ctypes.POINTER(Request), ctypes.c_uint32]
    for name in ("info", "start", "run", "stop", "close"):
        getattr(lib, "tgtcore_" + name).argtypes = [ctypes.c_void_p]
    lib.tgtcore_start.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    lib.tgtcore_open.argtypes = [ctypes.c_char_p, ctypes.c_uint]
    return lib


class Backstore:
    """What a device is served from. A method that raises OSError, or anything, ends its command
    with an error. Writes and unmapping are not asked for if the device has none."""
    buf_size = 65536

    def start(self, info):
        """Before the first command: no I/O of a daemon before may be going on any more."""

    def read(self, offset, length):
        """Return so many bytes."""
        raise NotImplementedError

    def write(self, offset, data, fua):
        """Keep the data; with fua it is stable when this returns: always on a device without a cache,
        where there are no flushes."""
        raise NotImplementedError

    def flush(self):
        """All that was written is stable when this returns."""

    def unmap(self, offset, length):
        """These bytes read as zeroes from now on. Without a cache, flush() is called then."""
        self.write(offset, bytes(length), False)


def _execute(store, req, cache):
    if req.op == OP_READ:
        data = store.read(req.offset, req.len)
        if len(data) != req.len:
            raise ValueError("%d bytes read, not %d" % (len(data), req.len))
        ctypes.memmove(req.data, bytes(data), req.len)
    elif req.op == OP_WRITE:
        store.write(req.offset, ctypes.string_at(req.data, req.len),
                    bool(req.flags & FUA) or not cache)
    elif req.op == OP_FLUSH:
        store.flush()
    elif req.op == OP_UNMAP:
        store.unmap(req.offset, req.len)
        if not cache:
            store.flush()
    else:
        raise Error(EIO)


def _status(store, req, cache):
    try:
        _execute(store, req, cache)
        return OK
    except Error as e:
        return e.status
    except OSError as e:
        return ENOSPC if e.errno in (errno.ENOSPC, errno.EDQUOT) else EIO
    except Exception:  # whatever it is, the initiator is owed an answer
        traceback.print_exc()
        return EIO


def _oserror(name):
    err = ctypes.get_errno()
    return OSError(err, os.strerror(err), "/dev/tgtcore/" + name)


def serve(name, store):
    """Serves the device until it is deleted, or SIGTERM or SIGINT comes."""
    lib = _load()
    t = lib.tgtcore_open(name.encode(), 1)
    if not t:
        raise _oserror(name)
    before, stopper = {}, None
    try:
        info = lib.tgtcore_info(t).contents
        store.start(info)
        cache = bool(info.flags & CACHE)
        request = _callback(lambda q, req, priv: lib.tgtcore_done(
            q, req, _status(store, req.contents, cache)))
        params = _Params(buf_size=store.buf_size, request=request)
        for sig in (signal.SIGTERM, signal.SIGINT):
            before[sig] = signal.signal(sig, lambda *_: lib.tgtcore_stop(t))
        # A signal's handler runs when Python code does: not while run() sleeps, but for this.
        stopper = _Stopper(lib, t)
        signal.set_wakeup_fd(stopper.w)
        if lib.tgtcore_start(t, ctypes.byref(params)) or lib.tgtcore_run(t):
            raise _oserror(name)
    finally:
        # nothing stops what is closed
        for sig, handler in before.items():
            signal.signal(sig, handler or signal.SIG_DFL)
        if stopper:
            signal.set_wakeup_fd(-1)
            stopper.close()
        lib.tgtcore_close(t)


class _Stopper:
    """Writing to w ends run(): a thread of ours waits for that."""
    def __init__(self, lib, t):
        self.lib, self.t = lib, t
        self.r, self.w = os.pipe()
        os.set_blocking(self.w, False)
        self.thread = threading.Thread(target=self.wait, daemon=True)
        self.thread.start()

    def wait(self):
        if os.read(self.r, 1):
            self.lib.tgtcore_stop(self.t)

    def close(self):
        os.close(self.w)
        self.thread.join()
        os.close(self.r)
