import { Apps } from "./apps.ts";
import { Catalogue } from "./catalogue.ts";
import { type Connection, type ConnectionOptions, createConnection, type ImageBuilder } from "./connection.ts";
import { Images } from "./images.ts";
import { Projects } from "./projects.ts";
import { Runs } from "./runs.ts";
import { Tasks } from "./tasks.ts";
import { Triggers } from "./triggers.ts";
import { Users } from "./users.ts";

/** A Flyte 2 (or Union) control plane, by what it holds. */
export interface ControlPlane {
  readonly connection: Connection;
  /** Who builds images of its apps, unless a deployment says otherwise. */
  readonly imageBuilder: ImageBuilder;
  /** Where images go that are built on this machine and name no registry. */
  readonly imageRegistry?: string | undefined;
  /** Images by the names that declarations give them. */
  readonly imageRefs?: Readonly<Record<string, string>> | undefined;
  readonly users: Users;
  readonly tasks: Tasks;
  readonly runs: Runs;
  readonly apps: Apps;
  readonly triggers: Triggers;
  readonly images: Images;
  readonly projects: Projects;
  readonly catalogue: Catalogue;
  close(): Promise<void>;
}

/** Throws `invalid_config` for an endpoint that is no address; nothing is called before the first method is. */
export function createControlPlane(options: ConnectionOptions): ControlPlane {
  const connection = createConnection(options);
  return {
    connection,
    imageBuilder: options.imageBuilder ?? "local",
    imageRegistry: options.imageRegistry,
    imageRefs: options.imageRefs,
    users: new Users(connection),
    tasks: new Tasks(connection),
    runs: new Runs(connection),
    apps: new Apps(connection),
    triggers: new Triggers(connection),
    images: new Images(connection),
    projects: new Projects(connection),
    catalogue: new Catalogue(connection),
    close: () => connection.close(),
  };
}
