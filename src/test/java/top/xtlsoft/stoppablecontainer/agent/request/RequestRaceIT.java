package top.xtlsoft.stoppablecontainer.agent.request;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import top.xtlsoft.stoppablecontainer.agent.RequestType;
import top.xtlsoft.stoppablecontainer.agent.process.ReusedPid;

/** Requests that are changed, and processes that end, between two steps of the opener. */
// Who holds a lock is there for that alone.
@SuppressWarnings("try")
class RequestRaceIT extends RequestingPod {

  private static final int ROUNDS = 3000;

  @Test
  void rejectsAFileThatIsSwapped() throws Exception {
    Path outside = outside("{\"version\":1,\"type\":\"mount\"}");
    Files.writeString(request, REQUEST);
    Path file = request.resolveSibling("file");
    Path link = request.resolveSibling("link");
    Files.createLink(file, request);
    try (LockHolder ours = LockHolder.of(file);
        LockHolder others = LockHolder.of(outside)) {
      openWhileSwapping(
          () -> Files.createSymbolicLink(link, outside),
          link,
          file,
          found -> {
            assertEquals(RequestType.ATTACH, found.type());
            assertEquals(ours.pid(), found.requester().pid());
          });
    }
  }

  @Test
  void opensNoDeviceThatTakesTheFilesPlace() throws Exception {
    Files.writeString(request, REQUEST);
    Path file = request.resolveSibling("file");
    Path next = request.resolveSibling("next");
    Files.createLink(file, request);
    // No driver has this number: opening it would fail, as a failure of the node.
    Path device = request.resolveSibling("device");
    assertEquals(
        0, new ProcessBuilder("mknod", device.toString(), "b", "259", "9999").start().waitFor());
    try (LockHolder holder = LockHolder.of(file)) {
      openWhileSwapping(() -> Files.createLink(next, device), next, file, found -> {});
    }
    assertEquals(
        List.of("Malformed request ignored: error=no small regular file"),
        log.list.stream()
            .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
            .map(ILoggingEvent::getFormattedMessage)
            .distinct()
            .toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"pidfdOpen", "openat"})
  void ignoresAProcessWithTheReusedPidOfTheRequester(String call) throws Exception {
    ReusedPid.inRounds(() -> ignoresAnother(call));
  }

  private void ignoresAnother(String call) throws Exception {
    Files.writeString(request, REQUEST);
    LockHolder asked = LockHolder.of(request);
    AtomicReference<@Nullable Process> other = new AtomicReference<>();
    recording.before(
        "lockHolder",
        () ->
            recording.before(
                call,
                () -> {
                  asked.close();
                  other.set(
                      ReusedPid.start(asked.pid(), new ProcessBuilder("sleep", "1000")::start));
                }));
    try {
      assertIgnored();
      assertEquals(asked.pid(), requireNonNull(other.get()).pid());
    } finally {
      asked.close();
      if (other.get() != null) {
        other.get().destroyForcibly().onExit().join();
      }
    }
  }

  @Test
  void identifiesTheRequesterWhenItsPidIsReusedByAnother() throws Exception {
    Files.writeString(request, REQUEST);
    for (String call : List.of("pidfdOpen", "openat", "hasEnded", "read")) {
      ReusedPid.inRounds(() -> identifiesAnother(call));
    }
  }

  private void identifiesAnother(String call) throws Exception {
    LockHolder asked = LockHolder.of(request);
    AtomicReference<@Nullable LockHolder> other = new AtomicReference<>();
    recording.before(
        "lockHolder",
        () ->
            recording.before(
                call,
                () -> {
                  asked.close();
                  other.set(LockHolder.of(request, asked.pid()));
                }));
    try {
      take();
      Optional<PodRequest> open = opener.open(KEY);
      // Held before, it is the one that has ended, and nothing can be attached to that.
      assertEquals(
          call.equals("pidfdOpen"),
          open.filter(found -> found.requester().isAlive()).isPresent(),
          call);
      open.ifPresent(PodRequest::close);
    } finally {
      asked.close();
      if (other.get() != null) {
        other.get().close();
      }
    }
  }

  @Test
  void ignoresARequestThatIsRemovedWhileItIsRead() throws Exception {
    Path file = request.resolveSibling("file");
    Files.writeString(file, REQUEST);
    try (LockHolder holder = LockHolder.of(file)) {
      for (String call : List.of("openat2", "stat", "reopen", "lockHolder", "pidfdOpen", "read")) {
        Files.createLink(request, file);
        recording.failAt(-1);
        recording.before(call, () -> Files.deleteIfExists(request));
        // What was opened before is the same file still, and its holder the same process.
        take();
        opener.open(KEY).ifPresent(PodRequest::close);
        assertTrue(Files.notExists(request), call + " was never called: " + recording.calls());
        assertEquals(Optional.empty(), opener.open(KEY), call);
      }
    }
    assertTrue(log.list.stream().noneMatch(line -> line.getLevel().isGreaterOrEqual(Level.WARN)));
  }

  /** Puts another thing in the request's place. */
  @FunctionalInterface
  private interface Planting {
    void plant() throws IOException;
  }

  /** Asks again and again while the file and what is planted take turns in the request's place. */
  private void openWhileSwapping(Planting other, Path link, Path file, Consumer<PodRequest> opened)
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!done.get()) {
                    swap(link, other, file);
                  }
                });
    int files = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Optional<PodRequest> open = open();
      if (open.isPresent()) {
        files++;
        try (PodRequest found = open.get()) {
          opened.accept(found);
        }
      }
    }
    done.set(true);
    swapper.join();
    assertTrue(files > 0 && files < ROUNDS, files + " of " + ROUNDS + " were the file");
  }

  private void swap(Path link, Planting other, Path file) {
    try {
      other.plant();
      Files.move(link, request, StandardCopyOption.ATOMIC_MOVE);
      Files.createLink(link, file);
      Files.move(link, request, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
