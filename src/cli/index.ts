import type { CliCommand } from './command.ts'

export { approverKeyPath, loadOrMakeApproverKey } from './approver.ts'
export { connect, createClient, profilePath, readProfile, serverOptions, type Client, type Profile } from './client.ts'
export {
  CliError,
  countOption,
  exitCodes,
  manyDirs,
  runCli,
  type CliCommand,
  type CliInput,
  type CliIo,
  type ExitCode,
  type OptionSpec,
} from './command.ts'
export { duration, plural, table } from './table.ts'

/** Commands that talk to a running Cordon; those that work without one are in `app`. Loaded when one of them is asked for. */
export const serverCommands = async (): Promise<readonly CliCommand[]> => {
  const [
    { incidentCommands },
    { impactCommands },
    { taskCommands },
    { findingCommands },
    { triageCommands },
    { estateCommands },
    { sourceCommands },
    { peopleCommands },
    { postureCommands },
    { postureExceptionCommands },
    { postureFixCommands },
    { accessCommands },
    { controlCommands },
    { trimCommands },
    { offboardCommands },
    { settingCommands },
    { signalCommands },
    { userCommands },
    { systemCommands },
  ] = await Promise.all([
    import('./commands/incident.ts'),
    import('./commands/impact.ts'),
    import('./commands/task.ts'),
    import('./commands/finding.ts'),
    import('./commands/triage.ts'),
    import('./commands/estate.ts'),
    import('./commands/source.ts'),
    import('./commands/people.ts'),
    import('./commands/posture.ts'),
    import('./commands/posture-exception.ts'),
    import('./commands/posture-fix.ts'),
    import('./commands/access.ts'),
    import('./commands/control.ts'),
    import('./commands/trim.ts'),
    import('./commands/offboard.ts'),
    import('./commands/setting.ts'),
    import('./commands/signal.ts'),
    import('./commands/user.ts'),
    import('./commands/system.ts'),
  ])
  return [
    ...incidentCommands,
    ...impactCommands,
    ...taskCommands,
    ...findingCommands,
    ...triageCommands,
    ...estateCommands,
    ...sourceCommands,
    ...peopleCommands,
    ...postureCommands,
    ...postureExceptionCommands,
    ...postureFixCommands,
    ...accessCommands,
    ...controlCommands,
    ...trimCommands,
    ...offboardCommands,
    ...settingCommands,
    ...signalCommands,
    ...userCommands,
    ...systemCommands,
  ]
}
