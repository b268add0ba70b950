// A real PostgreSQL of Debian's, in a folder of its own, for as long as a test runs. It does not run as root.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgres } from "../../scripts/tools.mjs";
import { freePort } from "./harness.mjs";

/**
 * Starts a server that lets people in by SCRAM-SHA-256 alone, and encrypts with a certificate that nobody vouches for. `admin` runs
 * SQL as its superuser.
 */
export async function startPostgres() {
  const [bin, folder, port] = [postgres(), mkdtempSync(join(tmpdir(), "frontdesk-postgres-")), await freePort()];
  const isRoot = process.getuid() === 0;
  const number = (flag) => Number(execFileSync("id", [flag, "postgres"]));
  const user = isRoot ? { uid: number("-u"), gid: number("-g") } : {};
  if (isRoot) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const run = (program, args, more = {}) => execFileSync(join(bin, program), args, { cwd: folder, stdio: ["pipe", "pipe", "pipe"], ...user, ...more });
  const data = join(folder, "data");
  run("initdb", ["-D", data, "-U", "admin", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"]);
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", join(data, "server.key"), "-out", join(data, "server.crt"), "-subj", "/CN=127.0.0.1", "-days", "2"], { stdio: "ignore", ...user });
  run("pg_ctl", ["-D", data, "-w", "-l", join(folder, "log"), "-o", `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off -c ssl=on`, "start"]);
  const admin = (sql, database = "postgres") => run("psql", ["-h", folder, "-p", String(port), "-U", "admin", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAt"], { input: sql }).toString().trim();
  return {
    port,
    host: `127.0.0.1:${port}`,
    admin,
    url: (role, password, database, query = "") => `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}${query}`,
    stop: () => {
      run("pg_ctl", ["-D", data, "-m", "immediate", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
