"""Tests of the statistics and of the log parsers."""

import datetime
import io
import json
import os
import pathlib
import socket
import struct
import sys
import tarfile
import tempfile
import threading
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import calls
import chart
import figures
import footprint
import latency
import node
import parked
import paste
import resting
import timeline
import wakes

DAY = datetime.date(2026, 1, 1)


def at(clock: str) -> float:
    return timeline.seconds(f"2026-01-01T{clock}+00:00")


class Figures(unittest.TestCase):
    def test_p95_is_a_measured_time(self):
        self.assertEqual(figures.percentile([5, 1, 4, 2, 3], 0.95), 5)
        self.assertEqual(figures.percentile([1, 2, 3, 4], 0.5), 2)

    def test_ratio_is_of_medians(self):
        times = {"start -> Ready": [1.0, 9.0, 2.0], "plain create -> Ready": [1.0, 1.0, 4.0]}
        row = figures.summary(times)["start -> Ready"]
        self.assertEqual((row["median"], row["ratio"], row["reach"]), (2.0, 2.0, 1.5))
        self.assertIn("| start -> Ready | 2.00 | 9.00 | 1.00 | 4.00 | 2.00 | 1.50 |", figures.table(times))

    def test_starts_of_a_parked_one_are_in_milliseconds(self):
        self.assertIn(f"| {parked.START} | 3 | 40 | 90 | p50 < 50, p95 < 100 |", parked.table({parked.START: [0.04, 0.03, 0.09]}))

    def test_wakes_are_in_milliseconds(self):
        what = wakes.KINDS["Park"]
        self.assertIn(f"| {what} | 2 | 100 | 120 | p50 < 150 |", wakes.table({what: [0.08, 0.12]}))

    def test_rounds_spread_evenly_over_the_second(self):
        for rounds in (5, 10, 20):
            places = sorted(figures.offset(number) for number in range(1, rounds + 1))
            gaps = [b - a for a, b in zip(places, places[1:] + [places[0] + 1])]
            self.assertLess(max(gaps), 2 / rounds)


class Timeline(unittest.TestCase):
    def test_takes_only_lines_of_one_container(self):
        log = ("2026-01-01T00:00:01.500Z INFO  PodGateway sc.name=box, sc.namespace=ns Pod box created\n"
               "2026-01-01T00:00:01.600Z INFO  PodGateway sc.name=boxer, sc.namespace=ns Pod boxer created\n"
               "2026-01-01T00:00:01.700Z INFO  PodGateway sc.name=box, sc.namespace=other Pod box created\n")
        self.assertEqual(timeline.of_program("operator", log, "ns", "box"), [(at("00:00:01.500"), "operator", "Pod box created")])

    def test_shows_kubelets_checks(self):
        log = ('I0101 00:00:02.000001     1 kubelet.go:1] "SyncLoop (PLEG): event for pod" pod="ns/box" '
               'event={"ID":"u","Type":"ContainerStarted","Data":"c"}\n'
               'I0101 00:00:03.000000     1 kubelet.go:1] "SyncLoop ADD" source="api" pods=["ns/box-of-another"]\n')
        self.assertEqual(timeline.of_kubelet(log, "ns", "box", DAY),
                         [(at("00:00:02.000001"), "kubelet", "box: looked, ContainerStarted")])

    def test_names_containerds_ids(self):
        log = ('time="2026-01-01T00:00:01.000000001Z" level=info msg="RunPodSandbox for &PodSandboxMetadata{Name:box,Uid:u,'
               'Namespace:ns,Attempt:0,} returns sandbox id \\"aa\\""\n'
               'time="2026-01-01T00:00:01.100000000Z" level=info msg="CreateContainer within sandbox \\"aa\\" for '
               '&ContainerMetadata{Name:main,Attempt:0,} returns container id \\"bb\\""\n'
               'time="2026-01-01T00:00:01.200000000Z" level=info msg="StartContainer for \\"bb\\" returns successfully"\n'
               'time="2026-01-01T00:00:01.300000000Z" level=info msg="StartContainer for \\"cc\\" returns successfully"\n')
        self.assertEqual([what for _, _, what in timeline.of_containerd(log, "ns", "box")],
                         ["box: sandbox runs", "box/main: started"])

    def test_cuts_out_a_step(self):
        events = [(1.0, "a", "before"), (2.0, "b", "in it"), (3.0, "c", "after")]
        self.assertEqual(timeline.cut(events, 1.5, 2.5), [(0.5, "b", "in it")])


class Latency(unittest.TestCase):
    def test_reads_inotifys_events(self):
        name = b"ready.json\0\0\0\0\0\0"
        data = struct.pack("iIII", 7, 0x80, 0, len(name)) + name + struct.pack("iIII", 8, 0x80, 0, 0)
        self.assertEqual(latency.events(data), [(7, "ready.json"), (8, "")])

    def audit(self, clock: str, name: str, who: str = "stoppablecontainer-controller-manager") -> str:
        return json.dumps({
            "verb": "patch", "user": {"username": f"system:serviceaccount:s:{who}"},
            "objectRef": {"namespace": "ns", "resource": "pods", "name": name},
            "requestReceivedTimestamp": f"2026-01-01T{clock}Z", "stageTimestamp": f"2026-01-01T{clock}Z"})

    def test_answers_are_the_operators_first_writes_after_the_users(self):
        log = "\n".join([self.audit("00:00:01.010000", "box"), self.audit("00:00:01.020000", "box"),
                         self.audit("00:00:01.001000", "box", "stoppablecontainer-mount-helper"),
                         self.audit("00:00:01.002000", "other"), '{"cut off'])
        self.assertEqual([round(s, 3) for s in latency.answers(log, "ns", [("box", at("00:00:01.000"))])], [0.01])


class Calls(unittest.TestCase):
    STEPS = [("create", at("00:00:01")), ("stop", at("00:00:05")), ("create", at("00:00:09"))]

    def entry(self, clock: str, who: str, verb: str, resource: str, code: int = 200, **more: str) -> str:
        return json.dumps({
            "user": {"username": who}, "verb": verb, "requestReceivedTimestamp": f"2026-01-01T{clock}.000001Z",
            "responseStatus": {"code": code}, "objectRef": {"namespace": "ns", "resource": resource, **more}}) + "\n"

    def test_counts_each_call_for_its_step(self):
        operator = "system:serviceaccount:stoppablecontainer-system:stoppablecontainer-controller-manager"
        audit = (self.entry("00:00:00", operator, "create", "pods")
                 + self.entry("00:00:02", operator, "create", "pods", 201)
                 + self.entry("00:00:06", operator, "patch", "things", 409, subresource="status")
                 + self.entry("00:00:06", "system:serviceaccount:stoppablecontainer-system:stoppablecontainer-mount-helper",
                              "patch", "pods", subresource="status")
                 + self.entry("00:00:07", "system:kube-scheduler", "create", "pods")
                 + self.entry("00:00:10", operator, "create", "pods", 201))
        counts = calls.count(audit, "ns", self.STEPS)
        self.assertEqual(counts, {
            "create": {"operator create pods": 2},
            "stop": {"operator patch things/status (409)": 1, "agent patch pods/status": 1}})
        self.assertEqual(calls.table(counts, 2).splitlines()[2:4], [
            "| operator: create pods | 1 | 0 |", "| operator: patch things/status (409) | 0 | 0.5 |"])

    def test_ignores_other_namespaces(self):
        operator = "system:serviceaccount:stoppablecontainer-system:stoppablecontainer-controller-manager"
        self.assertEqual(calls.count(self.entry("00:00:02", operator, "create", "pods"), "elsewhere", self.STEPS),
                         {"create": {}, "stop": {}})


class Wakes(unittest.TestCase):
    def test_takes_the_time_of_the_first_byte_of_an_echo(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address, port = server.getsockname()
            threading.Thread(target=self.echo, args=(server,), daemon=True).start()
            self.assertGreater(wakes.first_byte(address, port), 0)
            with self.assertRaises(SystemExit):
                wakes.first_byte(address, port)

    @staticmethod
    def echo(server: socket.socket) -> None:
        first, _ = server.accept()
        with first:
            first.sendall(first.recv(1))
        second, _ = server.accept()
        with second:
            second.recv(1)

    def test_names_the_pods_that_answer_now(self):
        endpoints = {"subsets": [{"addresses": [{"targetRef": {"name": "a-provider"}}],
                                  "notReadyAddresses": [{"targetRef": {"name": "a"}}]}]}
        self.assertEqual(wakes.answering(endpoints), ["a-provider"])
        self.assertEqual(wakes.answering({}), [])


class Resting(unittest.TestCase):
    def test_share_is_of_a_hundred_in_the_usual_interval(self):
        self.assertAlmostEqual(resting.usual(0.008, 20), 0.0625)
        self.assertEqual(resting.usual(-0.001, 20), 0)

    def test_table_names_what_to_reach(self):
        self.assertIn(f"| {resting.MEMORY} | 0.500 | < 2 |", resting.table({resting.MEMORY: 0.5}, 20))


class Footprint(unittest.TestCase):
    def test_shared_layers_count_once(self):
        with tempfile.TemporaryDirectory() as folder:
            archives = []
            for image, layers in {"one": {"a": 1_000_000, "b": 2_000_000}, "two": {"a": 1_000_000}}.items():
                path = pathlib.Path(folder, f"{image}.tar")
                with tarfile.open(path, "w") as tar:
                    files = {f"{name}.tar": b"\0" * size for name, size in layers.items()}
                    files["manifest.json"] = json.dumps([{"Layers": [f"{name}.tar" for name in layers]}]).encode()
                    for name, content in files.items():
                        info = tarfile.TarInfo(name)
                        info.size = len(content)
                        tar.addfile(info, io.BytesIO(content))
                archives.append(path)
            self.assertEqual(footprint.image_megabytes(archives), 3.0)


class Processes(unittest.TestCase):
    def test_reads_this_process(self):
        self.assertGreater(node.pss_mib(os.getpid()), 1)
        self.assertGreater(node.started(os.getpid()), 0)
        self.assertIn(os.getpid(), node.Node.of(os.getpid()).find("python"))


class Paste(unittest.TestCase):
    def test_replaces_only_text_between_marks(self):
        page = "before\n<!-- make bench: begin -->\nold\n<!-- make bench: end -->\nafter\n"
        new = paste.replace(page, paste.BENCH, "new")
        self.assertEqual(new, "before\n<!-- make bench: begin -->\n\nnew\n\n<!-- make bench: end -->\nafter\n")
        self.assertEqual(paste.replace(paste.replace(page, paste.BENCH, "x"), paste.BENCH, "new"), new)
        with self.assertRaises(SystemExit):
            paste.replace(page, paste.GROWTH, "new")

    def test_leaves_long_tables_out(self):
        self.assertEqual(paste.chosen("### A\n\na\n\n### Timeline of one stop\n\nlong\n\n### B\n\nb"), "### A\n\na\n\n### B\n\nb")


class Chart(unittest.TestCase):
    def test_pictures_are_well_formed(self):
        for picture in (chart.timeline("a < b", [(0.1, "kubelet", 'says "<&>"')]),
                        chart.distribution({"x": [1.0, 2.0], "y": [3.0]}, [("x", "y"), ("not measured", "y")]),
                        chart.curves("a < b", "x", "y", {"p": [(1, 2), (3, 4), (5, 7)]})):
            xml.etree.ElementTree.fromstring(picture)


if __name__ == "__main__":
    unittest.main()
