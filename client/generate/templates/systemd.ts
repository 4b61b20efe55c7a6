// The template of the systemd unit: systemd knows when the app is ready, stops it in order, and restricts it to what it
// needs.
import type { App } from "../app.ts";

/** Added to the app's own time to stop, for its hooks and for `start` itself. */
const STOP_MARGIN_S = 15;

/** `rel/systemd/<app>.service`, or `<app>-worker.service` for one of the processes beside it. */
export function systemdUnit({ name, plainName, stopTimeoutMs, processes }: App, process?: string): string {
  const unit = process === undefined ? plainName : `${plainName}-${process}`;
  const word = process === undefined ? "" : ` ${process}`;
  const preserved =
    processes.names.length === 0 ? "" : "\n# The app and its processes share it.\nRuntimeDirectoryPreserve=yes";
  const root = `/srv/${plainName}`;
  return `# ${name} under systemd, in ${root} and as the user ${plainName}:
#   useradd --system --home-dir ${root} --shell /usr/sbin/nologin ${plainName}
#   systemctl link ${root}/rel/systemd/${unit}.service && systemctl enable --now ${unit}
[Unit]
Description=${name}${word}
Wants=network-online.target
After=network-online.target

[Service]
# Started when its post_start hooks have succeeded. systemd-notify tells so: a child of bin/${name} start, hence "all".
Type=notify
NotifyAccess=all
ExecStart=${root}/bin/${name} start${word}
ExecReload=${root}/bin/${name} reload${word}
WorkingDirectory=${root}
User=${plainName}
Environment=NODE_ENV=production REMSH_RUNTIME_DIR=/run/remsh-${plainName}
# DATABASE_URL and other secrets, readable by root alone.
EnvironmentFile=-/etc/${plainName}.env
RuntimeDirectory=remsh-${plainName}
RuntimeDirectoryMode=0700${preserved}
# For files of its own: STATE_DIRECTORY is /var/lib/${plainName}.
StateDirectory=${plainName}

# SIGTERM is for bin/${name} start alone, which runs the pre_stop hooks and passes it on; what is left is killed.
KillMode=mixed
# bin/${name} start limits its hooks itself, each one ("hooks": { "timeout" } in package.json). While the app loads, it says so.
TimeoutStartSec=infinity
TimeoutStopSec=${Math.ceil(stopTimeoutMs / 1000) + STOP_MARGIN_S}
Restart=on-failure
RestartSec=2
# Ended by the SIGTERM or SIGINT that stopped it is no failure; bad configuration (78) does not mend itself.
SuccessExitStatus=130 143
RestartPreventExitStatus=64 78

${HARDENING}

[Install]
WantedBy=multi-user.target
`;
}

/** The app needs no privileges, and may write only where systemd lets it. */
const HARDENING = `# No MemoryDenyWriteExecute: V8 compiles at run time.
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
UMask=0027`;
