// The templates for Kubernetes: a Job that migrates once for a deploy, the Deployment that is rolled out after it, and
// the script that runs both.
import type { App } from "../app.ts";

/** The time in which traffic moves elsewhere before the app gets its signal. */
const DRAIN_S = 5;
/** Added to those and the app's own time to stop, for its hooks and for `start` itself. */
const STOP_MARGIN_S = 10;
/** Words that kubectl, which reads YAML 1.1, does not read as strings. Other such values do not begin with a letter. */
const NO_STRING = /^(null|true|false|yes|no|on|off|y|n)$/;

/** A plain name as a YAML string. */
function text(plainName: string): string {
  return NO_STRING.test(plainName) ? `"${plainName}"` : plainName;
}

/** `rel/kubernetes/deployment.yaml`, or for one of the processes beside the app `deployment-worker.yaml`. */
export function deployment({ name, plainName, stopTimeoutMs }: App, process?: string): string {
  const component = process === undefined ? "server" : plain(process);
  const object = process === undefined ? plainName : `${plainName}-${component}`;
  const program = process === undefined ? "bin/server" : `bin/${name}, start, ${process}`;
  return `# ${name}: rolled out by rel/kubernetes/deploy, which puts in the image.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${text(object)}
  labels:
    app.kubernetes.io/name: ${text(plainName)}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: ${text(plainName)}
      app.kubernetes.io/component: ${text(component)}
  strategy:
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${text(plainName)}
        app.kubernetes.io/component: ${text(component)}
    spec:
      # ${DRAIN_S} s of preStop, ${Math.ceil(stopTimeoutMs / 1000)} s for the app ("stopTimeout" in package.json), ${STOP_MARGIN_S} s for hooks.
      terminationGracePeriodSeconds: ${DRAIN_S + Math.ceil(stopTimeoutMs / 1000) + STOP_MARGIN_S}
${POD}
      containers:
        - name: ${text(component)}
          image: ${text(plainName)}
          args: [${program}]
${environmentOf(plainName)}
            - name: REMSH_HEALTH_PORT
              value: "9000"
          ports:
            - name: health
              containerPort: 9000
${PROBES}
          lifecycle:
            # The kubelet itself waits, without a process (Kubernetes 1.30), while the traffic goes elsewhere.
            preStop:
              sleep:
                seconds: ${DRAIN_S}
          # Measure what the app needs.
          resources:
            requests: { cpu: 100m, memory: 256Mi }
            limits: { memory: 512Mi }
${CONTAINER}
`;
}

/** A name that Kubernetes takes. */
function plain(process: string): string {
  return process
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/-+$/, "");
}

/** `rel/kubernetes/migrate.yaml`. */
export function migrateJob({ name, plainName }: App): string {
  return `# Migrates once for a deploy, before the rollout: rel/kubernetes/deploy creates it under a new name each time.
# With Argo CD: the annotation argocd.argoproj.io/hook: PreSync. With Helm: helm.sh/hook: pre-install,pre-upgrade.
apiVersion: batch/v1
kind: Job
metadata:
  generateName: ${plainName}-migrate-
  labels:
    app.kubernetes.io/name: ${text(plainName)}
    app.kubernetes.io/component: migrate
spec:
  # Again only where that may help: exit 75, as when the database cannot be reached. What ${name} says by 1, 65 and 78 is final.
  backoffLimit: 3
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes:
          operator: In
          values: [1, 64, 65, 78]
      # A node that is drained is no attempt.
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
  activeDeadlineSeconds: 3600
  ttlSecondsAfterFinished: 86400
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${text(plainName)}
        app.kubernetes.io/component: migrate
    spec:
      restartPolicy: Never
${POD}
      containers:
        - name: migrate
          image: ${text(plainName)}
          args: [bin/migrate]
${environmentOf(plainName)}
          resources:
            requests: { cpu: 100m, memory: 256Mi }
            limits: { memory: 512Mi }
${CONTAINER}
`;
}

/** `rel/kubernetes/deploy`. */
export function deployProgram({ name, plainName, migrates, processes }: App): string {
  const files = ["deployment.yaml", ...processes.names.map((each) => `deployment-${each}.yaml`)];
  const objects = [plainName, ...processes.names.map((each) => `${plainName}-${plain(each)}`)];
  return `#!/bin/sh
# Deploys an image of ${name}: ${migrates ? "migrates once, and rolls out when that has succeeded" : "rolls it out, and waits until it is ready"}.
#   rel/kubernetes/deploy registry.example.com/${plainName}:1.4.1 [--namespace shop, or other options of kubectl]
set -eu
[ $# -gt 0 ] || { echo "Cannot deploy: say which image (rel/kubernetes/deploy registry.example.com/${plainName}:1.4.1)" >&2; exit 64; }
image=$1
shift
CDPATH='' cd -P -- "$(dirname -- "$0")"
with_image() { sed "s|^\\( *image:\\).*|\\1 $image|" "$1"; }
${migrates ? MIGRATION : ""}
${files.map((file) => `with_image ${file} | kubectl apply -f - "$@"\n`).join("")}${objects.map((object) => `kubectl rollout status deployment/${object} "$@"\n`).join("")}`;
}

/** `kubectl wait` waits for one condition only, but a Job can end in two ways. */
const MIGRATION = `
job=$(with_image migrate.yaml | kubectl create -f - -o name "$@")
echo "$job migrates"
while :; do
  ended=$(kubectl get "$job" -o 'jsonpath={.status.conditions[?(@.status=="True")].type}' "$@")
  case $ended in *Complete* | *Failed*) break ;; esac
  sleep 2
done
kubectl logs "$job" "$@" || :
case $ended in *Failed*) echo "Cannot deploy $image: $job failed, and nothing was rolled out" >&2 && exit 1 ;; esac
`;

const PROBES = `          # Over HTTP: a probe that executes something costs a process each time.
          startupProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 5
            failureThreshold: 60
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          # Restarted when its event loop has not turned for a minute, and not because a database is away.
          livenessProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6`;

const POD = `      # A Pod that must not run as root needs a number: 1000 is "node" in the image.
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        runAsGroup: 1000
        seccompProfile: { type: RuntimeDefault }
      automountServiceAccountToken: false
      volumes:
        - name: tmp
          emptyDir: {}`;

const CONTAINER = `          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - name: tmp
              mountPath: /tmp`;

function environmentOf(plainName: string): string {
  return `          # kubectl create secret generic ${plainName} --from-literal=DATABASE_URL=postgres://...
          envFrom:
            - secretRef: { name: ${text(plainName)}, optional: true }
          env:
            # In /tmp, the one place that can be written.
            - name: REMSH_RUNTIME_DIR
              value: /tmp/remsh`;
}
