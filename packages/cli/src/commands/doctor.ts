import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that everything is there to deploy and call, and say how to mend what is not",
  details: "Checks the versions, configuration, endpoint, TLS, clock, login, project and permissions. Writes nothing.",
  plane: true,
  json: "print the checks as JSON",
  async run(_, context) {
    const { examine } = await import("../doctor/examine.ts");
    const { renderCheck } = await import("../doctor/check.ts");
    const checks = await examine(context, (check) => {
      if (!context.json) process.stdout.write(`${renderCheck(check, context.paint)}\n`);
    });
    const failed = checks.filter(({ status }) => status === "failed").length;
    if (context.json) context.print({ ok: failed === 0, checks }, () => "");
    if (failed > 0) context.exitWith(EXIT.failed);
  },
});
