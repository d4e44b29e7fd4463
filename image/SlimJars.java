import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Copies jars without what only debuggers, indexers and other systems read: the names of local
 * variables, Jandex' index of the classes, native code for what is not Linux on ARCH. Line numbers
 * stay, for stack traces.
 *
 * <pre>java -cp asm.jar image/SlimJars.java NATIVE FROM TO</pre>
 */
final class SlimJars {

  private static final Pattern CONSTANTS_OF_OTHERS =
      Pattern.compile(
          "jnr/constants/platform/(aix|darwin|dragonflybsd|freebsd|openbsd|solaris|windows"
              + "|linux/(loongarch64|mips64el|powerpc64|s390x))/");

  private final String keptNative;

  private SlimJars(String keptNative) {
    this.keptNative = keptNative;
  }

  public static void main(String[] arguments) throws IOException {
    SlimJars slim = new SlimJars(arguments[0]);
    Path to = Files.createDirectories(Path.of(arguments[2]));
    try (var jars = Files.newDirectoryStream(Path.of(arguments[1]), "*.jar")) {
      for (Path jar : jars) {
        slim.copy(jar, to.resolve(jar.getFileName()));
      }
    }
  }

  private void copy(Path from, Path to) throws IOException {
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(from));
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
      out.setLevel(9);
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        String name = entry.getName();
        byte[] content = in.readAllBytes();
        if (isNeeded(name)) {
          ZipEntry copy = new ZipEntry(name);
          copy.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
          out.putNextEntry(copy);
          out.write(name.endsWith(".class") ? withoutLocals(content) : content);
          out.closeEntry();
        }
      }
    }
  }

  /**
   * JNR has its native library once for each system, as {@code jni/x86_64-Linux/...}, and the
   * numbers of its constants as {@code jnr/constants/platform/linux/aarch64/...}.
   */
  private boolean isNeeded(String name) {
    return !name.equals("META-INF/jandex.idx")
        && (!name.startsWith("jni/") || name.endsWith("/") || name.startsWith("jni/" + keptNative))
        && !CONSTANTS_OF_OTHERS.matcher(name).lookingAt();
  }

  private static byte[] withoutLocals(byte[] bytes) {
    int major = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
    // Newer than the reader knows: another version's variant of a class, or the project's own.
    if (major > Opcodes.V23) {
      return bytes;
    }
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes).accept(new WithoutLocals(writer), 0);
    return writer.toByteArray();
  }

  private static final class WithoutLocals extends ClassVisitor {

    WithoutLocals(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      return new MethodVisitor(
          api, super.visitMethod(access, name, descriptor, signature, exceptions)) {
        @Override
        public void visitLocalVariable(
            String name, String descriptor, String signature, Label start, Label end, int index) {}
      };
    }
  }
}
