using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MnistAdder.Fuzzing;

namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary><c>fuzz-target</c>: the cases of one target, in a process of its own, so that a crash of native code or a hang is a finding too.</summary>
internal static class FuzzProcess
{
    private const string Name = "fuzz-target";

    // Stock ML.NET unpacks each model into temporary files: in memory a case takes a quarter of the time.
    private const string MemoryFolder = "/dev/shm";

    private static readonly TimeSpan s_longestCase = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(20);

    public static System.CommandLine.Command Create()
    {
        Option<int> cases = SharedOptions.Count("--cases", "Cases.", 1);
        Option<string?> target = FuzzOptions.Target("The target.");
        target.Required = true;
        Option<ulong> seed = FuzzOptions.Seed();
        Option<string> output = FuzzOptions.Output();
        var seconds = new Option<double?>("--seconds") { Description = "Time after which no other case begins." };
        var command = new System.CommandLine.Command(Name, "What fuzz starts for each target.") { cases, target, seed, output, seconds };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var plan = new FuzzPlan(parsed.GetValue(cases), parsed.GetValue(seed), parsed.GetValue(output)!);
            RunHere(parsed.GetValue(target)!, plan, parsed.GetValue(seconds) is { } limit ? TimeSpan.FromSeconds(limit) : null);
        });
        return command;
    }

    /// <summary>Runs a target in a process and waits for it.</summary>
    public static FuzzOutcome Run(string name, FuzzPlan plan, TimeSpan? limit)
    {
        var arguments = new List<string> { typeof(FuzzProcess).Assembly.Location, Name, "--target", name, "--cases", Text(plan.Cases), "--seed", Text(plan.Seed), "--output", plan.Output };
        if (limit is { } time)
            arguments.AddRange(["--seconds", Text(Math.Max(0.001, time.TotalSeconds))]);
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        if (Directory.Exists(MemoryFolder))
            start.Environment.TryAdd("TMPDIR", MemoryFolder);
        using Process process = Process.Start(start)!;
        Task<string> answer = process.StandardOutput.ReadToEndAsync();
        bool hangs = !WaitWhileItAdvances(process, RunningCase(plan, name));
        if (hangs)
            process.Kill();
        process.WaitForExit();
        if (process.ExitCode != 0)
            return Died(name, plan, hangs ? "hang" : "crash");

        FuzzSummary summary = JsonSerializer.Deserialize<FuzzSummary>(answer.Result)!;
        File.Delete(RunningCase(plan, name));
        return new FuzzOutcome(summary, summary.Cases >= plan.Cases ? "cases" : limit is not null && summary.Seconds >= limit.Value.TotalSeconds ? "time" : "failures");
    }

    private static void RunHere(string name, FuzzPlan plan, TimeSpan? limit)
    {
        using FuzzTarget target = FuzzTargets.Create(name);
        Directory.CreateDirectory(plan.Output);

        // What a process that dies was at is read from here.
        using var running = File.OpenHandle(RunningCase(plan, name), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var run = new FuzzRun(target, plan.Seed);
        var sinceProgress = Stopwatch.StartNew();
        run.Run(plan.Cases, limit, number =>
        {
            RandomAccess.Write(running, BitConverter.GetBytes(number), 0);
            if (sinceProgress.Elapsed > s_progress)
            {
                sinceProgress.Restart();
                Console.Error.WriteLine($"{name}: {number:N0} of {plan.Cases:N0} cases, {run.Summary.Accepted:N0} accepted, {run.Failures.Count} kinds of failure");
            }
        });
        foreach (FuzzFailure failure in run.Failures)
            Report(failure, plan);
        Console.WriteLine(JsonSerializer.Serialize(run.Summary));
    }

    private static bool WaitWhileItAdvances(Process process, string runningCase)
    {
        long last = -1;
        var sinceAdvance = Stopwatch.StartNew();
        while (!process.WaitForExit(500))
        {
            long number = ReadNumber(runningCase);
            if (number != last)
                (last, sinceAdvance) = (number, Stopwatch.StartNew());
            if (sinceAdvance.Elapsed > s_longestCase)
                return false;
        }

        return true;
    }

    private static FuzzOutcome Died(string name, FuzzPlan plan, string how)
    {
        long number = ReadNumber(RunningCase(plan, name));
        using FuzzTarget target = FuzzTargets.Create(name);
        Report(new FuzzFailure(name, plan.Seed, number, FuzzRun.Input(target, plan.Seed, number), how, $"The process ended with a {how}."), plan);
        return new FuzzOutcome(new FuzzSummary { Cases = number + 1, Failures = 1 }, how);
    }

    private static void Report(FuzzFailure failure, FuzzPlan plan)
    {
        string file = Path.Combine(plan.Output, string.Create(CultureInfo.InvariantCulture, $"{failure.Target}-{failure.Seed}-{failure.Number}.bin"));
        AtomicFile.Write(file, stream => stream.Write(failure.Input));
        Console.Error.WriteLine($"""
            {failure.Target} failed in case {failure.Number} of seed {failure.Seed}: {failure.Kind}
            {failure.Details}
            Input: {file}; again with fuzz --target {failure.Target} --replay {file}
            """);
    }

    private static long ReadNumber(string runningCase)
    {
        if (!File.Exists(runningCase))
            return -1;
        using var handle = File.OpenHandle(runningCase, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] number = new byte[sizeof(long)];
        return RandomAccess.Read(handle, number, 0) == number.Length ? BitConverter.ToInt64(number) : -1;
    }

    private static string RunningCase(FuzzPlan plan, string name) => Path.Combine(plan.Output, $"{name}.running");

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
