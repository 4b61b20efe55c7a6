// gRPC over the Unix socket. Messages are the text's bytes without protobuf encoding, which is in gRPC's favour.
import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js";

const toBytes = (text) => Buffer.from(text);
const toText = (bytes) => bytes.toString();
const service = {
  echo: {
    path: "/bench.Echo/Echo",
    requestStream: false,
    responseStream: false,
    requestSerialize: toBytes,
    requestDeserialize: toText,
    responseSerialize: toBytes,
    responseDeserialize: toText,
  },
};

/** Serves at the socket. */
export function serve(socket) {
  const server = new Server();
  server.addService(service, { echo: (call, answer) => answer(null, call.request) });
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const Client = makeGenericClientConstructor(service, "Echo");
  const client = new Client(`unix:${socket}`, credentials.createInsecure());
  return (text) =>
    new Promise((resolve, reject) => client.echo(text, (error, answer) => (error ? reject(error) : resolve(answer))));
}
