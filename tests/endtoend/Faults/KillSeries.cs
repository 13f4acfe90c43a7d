using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary>Kills at random moments.</summary>
internal static class KillSeries
{
    /// <summary>Kills at moments that are uniform over the duration of an unbroken run; every other run has older files in its place.</summary>
    /// <param name="trial">What is killed.</param>
    /// <param name="kills">How often.</param>
    /// <param name="random">Chooses the moments.</param>
    public static IEnumerable<KillOutcome> Run(IKillTrial trial, int kills, Random random) =>
        Enumerable.Range(0, kills).Select(kill => trial.Kill(random.NextDouble() * trial.Duration, overOlder: kill % 2 == 1));

    /// <summary>Starts a program, kills it, and waits until it has gone.</summary>
    /// <returns>Whether it had not ended before.</returns>
    public static bool Kill(Func<RunningProgram> start, TimeSpan after)
    {
        using RunningProgram run = start();
        Thread.Sleep(after);
        run.TrySignal(RunningProgram.Kill);
        run.WaitForExit();
        return run.ExitCode != ExitCodes.Done;
    }
}
