using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MnistAdder.Cluster;

/// <summary>Programs run to their end, and what they took.</summary>
internal static class Shell
{
    /// <summary>Runs a program.</summary>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        (int exitCode, string output) = TryRun(program, arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exitCode}: {output}");
    }

    /// <summary>Runs a program that may fail.</summary>
    /// <returns>Its exit code, and standard output and error.</returns>
    public static (int ExitCode, string Output) TryRun(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error.Result);
    }

    /// <summary>Runs a program, and gives the most memory that it had, in MB.</summary>
    public static long Peak(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Repository.Root })!;
        long peak = 0;
        while (!process.WaitForExit(20))
        {
            process.Refresh();
            peak = Math.Max(peak, process.PeakWorkingSet64);
        }

        return process.ExitCode == 0 ? peak >> 20 : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    /// <summary>Does something, and takes the seconds that it took, and those of processors that the programs run by it took.</summary>
    public static (double Seconds, double ProcessorSeconds) Measure(Action work)
    {
        double before = ProcessorSecondsOfChildren();
        var clock = Stopwatch.StartNew();
        work();
        return (clock.Elapsed.TotalSeconds, ProcessorSecondsOfChildren() - before);
    }

    // getrusage(2): user and system time in seconds and microseconds come first.
    private static double ProcessorSecondsOfChildren()
    {
        const int children = -1;
        long[] usage = new long[32];
        if (getrusage(children, usage) != 0)
            throw new InvalidOperationException("The system doesn't tell what programs took.");
        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6);
    }

    [DllImport("libc"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, long[] usage);
}
