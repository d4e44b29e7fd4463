# The images, from what image/assemble lays into target/image (the build context):
#   docker build -f Dockerfile --target operator target/image
# Nothing is pulled: the base is a tar of the C library, the rest are files. One set of layers serves both programs.

FROM scratch AS runtime
ADD base.tar /
COPY runtime /opt/java
COPY lib /app/lib
COPY app /app

FROM runtime AS operator
COPY operator /app
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["/opt/java/bin/java", "@/app/java.opts", "@/app/class.path", "top.xtlsoft.stoppablecontainer.operator.Operator"]

# The node agent works with the node's own namespaces and folders, which takes root.
FROM runtime AS mount-helper
COPY ext4-tools /
COPY agent /app
USER 0:0
WORKDIR /app
ENTRYPOINT ["/opt/java/bin/java", "@/app/java.opts", "@/app/class.path", "top.xtlsoft.stoppablecontainer.agent.Agent"]

# The static programs alone, for whoever wants them in an image of their own: COPY --from=... /sc-exec /
FROM scratch AS exec-wrapper
COPY exec-wrapper /
USER 65532:65532
ENTRYPOINT ["/sc-exec"]
