package top.xtlsoft.stoppablecontainer.agent;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import top.xtlsoft.stoppablecontainer.agent.linux.Fd;
import top.xtlsoft.stoppablecontainer.agent.linux.Linux;
import top.xtlsoft.stoppablecontainer.agent.linux.LinuxSyscalls;
import top.xtlsoft.stoppablecontainer.agent.linux.SyscallException;

/** Passes calls on, notes their names, lets one of them fail, or has something happen before it. */
public final class RecordingSyscalls {

  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private final LinuxSyscalls proxy;
  private int failAt = -1;
  private @Nullable Path cgroup;
  private String awaited = "";
  private final Set<String> leftOut = ConcurrentHashMap.newKeySet();
  private List<String> included = List.of();
  private Happening happening = () -> {};

  /** What happens between two calls. */
  @FunctionalInterface
  public interface Happening {
    void happen() throws Exception;
  }

  public RecordingSyscalls(LinuxSyscalls real) {
    proxy =
        (LinuxSyscalls)
            Proxy.newProxyInstance(
                LinuxSyscalls.class.getClassLoader(),
                new Class<?>[] {LinuxSyscalls.class},
                (self, method, arguments) -> {
                  calls.add(method.getName());
                  if (calls.size() - 1 == failAt) {
                    throw new SyscallException(method.getName(), Errno.EIO, "injected");
                  }
                  if (method.getName().equals(awaited)) {
                    awaited = "";
                    happening.happen();
                  }
                  try {
                    if (cgroup != null
                        && method.getName().equals("openat")
                        && isCgroup(arguments[0], arguments[1].toString())) {
                      return real.openat(Fd.CWD, cgroup.toString(), Linux.O_RDONLY, 0);
                    }
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  public LinuxSyscalls linux() {
    return proxy;
  }

  /** Has something happen once, before the next call of that name. */
  public void before(String name, Happening what) {
    awaited = name;
    happening = what;
  }

  /** Every process seems to be in the cgroups that this file names. */
  public void cgroup(Path file) {
    cgroup = file;
  }

  /** But for this one. */
  public void leaveOut(long pid) {
    leftOut.add("/proc/" + pid + "/cgroup");
  }

  /** Of all processes only these, with their threads. */
  public void inCgroupAre(long... pids) {
    included = Arrays.stream(pids).mapToObj(pid -> "/proc/" + pid + "/").toList();
  }

  /** Whether a call opens the cgroup file of a process that is to seem to be there. */
  private boolean isCgroup(Object folder, String name) throws IOException {
    if (!name.equals("cgroup") && !name.endsWith("/cgroup")) {
      return false;
    }
    String path =
        name.startsWith("/")
            ? name
            : Files.readSymbolicLink(Path.of("/proc/self/fd/" + ((Fd) folder).number()))
                + "/"
                + name;
    return !leftOut.contains(path)
        && (included.isEmpty() || included.stream().anyMatch(path::startsWith));
  }

  /** Names of the calls made since {@link #failAt}. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** Starts to count anew; the call of that index fails with EIO, none for -1. */
  public void failAt(int index) {
    calls.clear();
    failAt = index;
  }
}
