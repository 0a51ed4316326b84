"""A server of Spark Connect that runs nothing and is strict: what real servers without a cluster and certificates cannot show.

    python strict.py PORT [--tls CERTIFICATE KEY]

It lets in who sends `authorization: Bearer geheim` and `x-databricks-cluster-id: 0123-abc`, and repeats what others sent in its refusal. Every statement
has two rows, in two streams, of which the first ends early and the second breaks; one that holds `changed` is answered as by a server that was
started anew, one that holds `forget` has it forget its settings, as some servers do then without a word. Port 0 is any; the port is the first line of output. Needs pyspark-client (tests/spark/install.sh).
"""

import sys
from concurrent import futures

import grpc
import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc as rpc

EXPECTED = {"authorization": "Bearer geheim", "x-databricks-cluster-id": "0123-abc"}


def batch(number):
    table = pa.table({"n": pa.array([number], pa.int64())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return pb.ExecutePlanResponse.ArrowBatch(row_count=1, data=sink.getvalue().to_pybytes())


class Strict(rpc.SparkConnectServiceServicer):
    def __init__(self):
        self.settings = {}

    def admit(self, context):
        sent = dict(context.invocation_metadata())
        for name, value in EXPECTED.items():
            if sent.get(name) != value:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, f"{name} is {sent.get(name)}\nand not what it should be")

    def same(self, request, context):
        if request.client_observed_server_side_session_id != "of-server":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the session of the server is not named")

    def AnalyzePlan(self, request, context):
        self.admit(context)
        answer = pb.AnalyzePlanResponse(session_id=request.session_id, server_side_session_id="of-server")
        answer.spark_version.version = "4.2.0-strict"
        return answer

    def Config(self, request, context):
        self.admit(context)
        self.same(request, context)
        answer = pb.ConfigResponse(session_id=request.session_id)
        for pair in request.operation.set.pairs:
            self.settings[pair.key] = pair.value
        for key in request.operation.get.keys:
            answer.pairs.add(key=key, value=self.settings.get(key))
        return answer

    def ExecutePlan(self, request, context):
        self.admit(context)
        self.same(request, context)
        assert request.request_options[0].reattach_options.reattachable
        query = request.plan.root.limit.input.sql.query
        if "changed" in query:
            context.abort(grpc.StatusCode.INTERNAL, "[INVALID_HANDLE.SESSION_CHANGED] The handle is invalid. The existing Spark server driver instance has restarted.")
        if "forget" in query:
            self.settings = {}
        yield pb.ExecutePlanResponse(session_id=request.session_id, operation_id=request.operation_id, response_id="first", arrow_batch=batch(1))
        # The stream ends without saying that the result is complete.

    def ReattachExecute(self, request, context):
        self.admit(context)
        self.same(request, context)
        if request.last_response_id == "first":
            yield pb.ExecutePlanResponse(session_id=request.session_id, response_id="second", arrow_batch=batch(2))
            context.abort(grpc.StatusCode.UNAVAILABLE, "the connection broke")
        yield pb.ExecutePlanResponse(session_id=request.session_id, response_id="third", result_complete=pb.ExecutePlanResponse.ResultComplete())

    def ReleaseExecute(self, request, context):
        return pb.ReleaseExecuteResponse(session_id=request.session_id)

    def ReleaseSession(self, request, context):
        return pb.ReleaseSessionResponse(session_id=request.session_id)

    def Interrupt(self, request, context):
        return pb.InterruptResponse(session_id=request.session_id)


def main():
    port = int(sys.argv[1])
    server = grpc.server(futures.ThreadPoolExecutor(8))
    rpc.add_SparkConnectServiceServicer_to_server(Strict(), server)
    if "--tls" in sys.argv:
        certificate, key = sys.argv[sys.argv.index("--tls") + 1 :][:2]
        pair = (open(key, "rb").read(), open(certificate, "rb").read())
        bound = server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([pair]))
    else:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print(bound, flush=True)
    # Whoever started it holds its input open.
    sys.stdin.read()
    server.stop(0)


main()
