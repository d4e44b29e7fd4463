package top.xtlsoft.stoppablecontainer.agent.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import top.xtlsoft.stoppablecontainer.agent.FuseRoot;
import top.xtlsoft.stoppablecontainer.agent.NotYetException;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.process.Requester;

/** What a hostile pod may put where a request is expected. */
// Who holds a lock is there for that alone.
@SuppressWarnings("try")
class RequestOpenerIT extends RequestingPod {
  @Test
  void findsTheProcessThatHoldsTheRequest() throws Exception {
    Files.writeString(request, REQUEST);
    try (LockHolder holder = LockHolder.of(request);
        PodRequest open = open().orElseThrow()) {
      assertEquals(RequestType.ATTACH, open.type());
      assertEquals(holder.pid(), open.requester().pid());
    }
  }

  @Test
  void ignoresARequestThatNoProcessHolds() throws Exception {
    Files.writeString(request, REQUEST);
    assertIgnored();
  }

  @Test
  void ignoresAProcessOfAnotherPod() throws Exception {
    Files.writeString(request, REQUEST);
    try (LockHolder holder = LockHolder.of(request)) {
      processesAreOf("ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f");
      assertIgnored();
    }
  }

  @Test
  void reportsNoPodForAProcessThatIsEnding() throws Exception {
    Files.writeString(request, REQUEST);
    try (LockHolder holder = LockHolder.endingOf(request)) {
      recording.cgroup(Files.writeString(scratch.path().resolve("cgroup"), "4:memory:/\n0::/\n"));
      assertThrows(NotYetException.class, this::open);
    }
    assertIgnored();
    assertTrue(log.list.stream().noneMatch(line -> line.getLevel().isGreaterOrEqual(Level.WARN)));
  }

  @Test
  void noticesThatTheRequesterEndsBeforeItIsServed() throws Exception {
    Files.writeString(request, REQUEST);
    LockHolder holder = LockHolder.of(request);
    try (PodRequest open = open().orElseThrow()) {
      holder.close();
      Requester requester = open.requester();
      assertThrows(NotYetException.class, requester::root);
      assertThrows(NotYetException.class, requester::mountNamespace);
      assertThrows(NotYetException.class, requester::mounts);
    }
  }

  @Test
  void followsNoSymlink() throws Exception {
    Path outside = outside(REQUEST);
    try (LockHolder holder = LockHolder.of(outside)) {
      Files.createSymbolicLink(request, outside);
      assertIgnored();
      Files.delete(request);
      Files.createSymbolicLink(request, Path.of("../../../../../outside"));
      assertIgnored();
    }
    Files.delete(request);
    Files.createSymbolicLink(request, Path.of("/dev/zero"));
    assertIgnored();
    Files.delete(request);
    Files.createSymbolicLink(request, request);
    assertIgnored();
  }

  /** A link is not even looked at: what it leads to may never answer. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void waitsForNoFileSystemThatALinkLeadsTo() throws Exception {
    try (FuseRoot foreign = FuseRoot.silent(scratch.folder("fuse"))) {
      Files.createSymbolicLink(request, Path.of("/proc/" + foreign.pid() + "/root"));
      assertIgnored();
    }
  }

  @Test
  void waitsForNoFifo() throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", request.toString()).start().waitFor());
    assertIgnored();
  }

  @Test
  void ignoresASocketAndADirectory() throws Exception {
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      Path name = scratch.path().resolve("socket");
      socket.bind(UnixDomainSocketAddress.of(name));
      Files.move(name, request);
      assertIgnored();
    }
    Files.delete(request);
    Files.createDirectory(request);
    assertIgnored();
  }

  @Test
  void readsNoLargeFile() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(request.toFile(), "rw")) {
      file.writeBytes(REQUEST);
      file.setLength(1L << 30);
    }
    try (LockHolder holder = LockHolder.of(request)) {
      assertIgnored();
      assertEquals(List.of(), copies());
    }
  }

  @Test
  void rejectsTheCopyOfAnotherFile() throws Exception {
    Files.writeString(request, "{\"version\":1,\"type\":\"mount\"}");
    take();
    Path next = Files.writeString(request.resolveSibling("next"), REQUEST);
    try (LockHolder holder = LockHolder.of(next)) {
      Files.move(next, request, StandardCopyOption.ATOMIC_MOVE);
      assertEquals(Optional.empty(), opener.open(KEY));
      try (PodRequest open = open().orElseThrow()) {
        assertEquals(RequestType.ATTACH, open.type());
      }
    }
  }

  @Test
  void ignoresOtherFilesOfTheFolder() throws Exception {
    Files.writeString(request, REQUEST);
    for (int i = 0; i < 5000; i++) {
      Files.createSymbolicLink(request.resolveSibling("beside-" + i), Path.of("/dev/zero"));
    }
    try (LockHolder holder = LockHolder.of(request);
        PodRequest open = open().orElseThrow()) {
      assertEquals(holder.pid(), open.requester().pid());
    }
    assertTrue(recording.calls().stream().noneMatch(call -> call.equals("list")));
  }

  @Test
  void logsNoContentOfAMalformedRequest() throws Exception {
    Files.writeString(request, "{\"version\":1,\"type\":\"" + SECRET + "\"}");
    try (LockHolder holder = LockHolder.of(request)) {
      assertIgnored();
    }
  }
}
