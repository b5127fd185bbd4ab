import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { statFields } from "./process-identity.ts";

const LISTEN = "0A";

/** Whether a process of the group `group` listens on the TCP port, by the kernel's tables (Linux) or `lsof`. */
export function groupListensOn(group: number, port: number): boolean {
  if (process.platform !== "linux") return lsofGroups(port).includes(group);
  const sockets = listeningSockets(port);
  return sockets.size > 0 && groupMembers(group).some((pid) => openFiles(pid).some((file) => sockets.has(file)));
}

/** The sockets listening on a port, named as `/proc/PID/fd` names them. */
function listeningSockets(port: number): Set<string> {
  const found = new Set<string>();
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of quietly(() => readFileSync(table, "utf8").split("\n").slice(1), [])) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) && fields[3] === LISTEN) found.add(`socket:[${fields[9]}]`);
    }
  }
  return found;
}

function groupMembers(group: number): string[] {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => quietly(() => Number(statFields(pid)[2]) === group, false));
}

function openFiles(pid: string): string[] {
  const dir = `/proc/${pid}/fd`;
  return quietly(() => readdirSync(dir).map((fd) => quietly(() => readlinkSync(`${dir}/${fd}`), "")), []);
}

function lsofGroups(port: number): number[] {
  const args = ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fg"];
  const lines = quietly(() => execFileSync("lsof", args, { encoding: "utf8" }).split("\n"), []);
  return lines.filter((line) => line.startsWith("g")).map((line) => Number(line.slice(1)));
}

/** Processes and their files may go while they are looked at. */
function quietly<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
