/*
 * sc-exec: runs a command in the persistent root file system of its container.
 *
 * As the container's first process, "sc-exec --request=mount|attach [--parked]
 * [--image-entrypoint] -- CMD" asks the node agent to mount the file system, or to attach it to
 * this container as its root, waits for the answer and becomes CMD.
 *
 * In a container that runs (kubectl exec, probes, hooks), "sc-exec CMD" waits until the root is the
 * persistent one, if it is not yet, and becomes CMD.
 *
 * The agent finds out by itself who asks: the request is a file in the pod's own folder, and the
 * process is the one that holds a write lock on it. The answer comes from a folder in which only
 * the agent can write. CMD is never run in any other root than the one that the answer names.
 *
 * Exit codes: those of CMD, as this process becomes CMD; 127 CMD was not found; 126 it can't be
 * executed; 125 sc-exec itself failed or the agent refused; 128+n signal n came during the wait.
 */
#define _POSIX_C_SOURCE 200809L

#include "command.h"
#include "devices.h"
#include "home.h"
#include "request.h"
#include "signals.h"
#include "wait.h"
#include "working-directory.h"

static const char *const requests[] = {
    [REQUEST_MOUNT] = "{\"version\":1,\"type\":\"mount\"}\n",
    [REQUEST_ATTACH] = "{\"version\":2,\"type\":\"attach\"}\n",
};

int main(int argc, char **argv)
{
    static struct answer answer;
    char request[ID_SIZE] = "";
    sigset_t original;

    struct job job = parse_arguments(argc, argv);
    remember_working_directory();
    const bool home_changes = home_is_the_runtimes();
    const int signals = hold_signals(&original);
    const int answers = watch_answers(); /* before the request: no answer can be missed */
    if (job.role != RUN)
        send_request(requests[job.role], request);
    await_answer(&job, request, answers, signals, &answer);
    if (job.image_entrypoint)
        use_image_entrypoint(&job, &answer);
    restore_working_directory(job.role);
    renew_devices();
    if (home_changes)
        set_home();
    release_signals(signals, &original);
    run(job.command);
}
