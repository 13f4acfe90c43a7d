using System.Diagnostics;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests.Faults;

/// <summary>The trainer, a moment of work on synthetic digits.</summary>
internal sealed class TrainingKillTrial : IKillTrial
{
    private const string Epochs = "3", Overwrite = "--overwrite", LastCheckpoint = "epoch-0003.safetensors", Weights = "weights.safetensors", Model = "model.onnx";
    private readonly TemporaryFolder _folder = new();
    private readonly string _older, _unbroken;
    private readonly long _modelLength;
    private int _runs;

    public TrainingKillTrial()
    {
        _older = _folder["older"];
        _unbroken = _folder["unbroken"];
        RunToEnd(_older, "--seed", "2", "--epochs", "1");
        var clock = Stopwatch.StartNew();
        RunToEnd(_unbroken, "--epochs", Epochs);
        Duration = clock.Elapsed;
        _modelLength = new FileInfo(Path.Combine(_unbroken, Model)).Length;
    }

    public TimeSpan Duration { get; }

    public KillOutcome Kill(TimeSpan after, bool overOlder)
    {
        string output = _folder[$"run-{++_runs}"];
        if (overOlder)
            Copy(_older, output);
        bool isKilled = KillSeries.Kill(() => Train("--output", output, "--epochs", Epochs, Overwrite), after);

        string[] checkpoints = Own(Path.Combine(output, "checkpoint"));
        KillMoment moment = !isKilled ? KillMoment.AfterEnd
            : checkpoints.Length == 0 ? KillMoment.BeforeStart
            : checkpoints.Contains(LastCheckpoint) ? KillMoment.InExport
            : KillMoment.AtWork;
        int leftovers = Leftovers(output).Count;
        List<string> violations = [.. Broken(output)];

        bool isResumed = checkpoints.Length > 0;
        if (isResumed)
            RunToEnd(output, "--resume");
        else
            RunToEnd(output, "--epochs", Epochs, Overwrite);
        violations.AddRange(Broken(output));
        violations.AddRange(Leftovers(output).Select(file => $"{file} is left after a whole run"));
        violations.AddRange(Files(_unbroken).Except(Files(output)).Select(file => $"{file} is missing after a whole run"));
        bool isIdentical = WholeFile.AreSame(Path.Combine(_unbroken, Weights), Path.Combine(output, Weights));
        if (!isIdentical)
            violations.Add($"{Weights} differs from that of the unbroken run");
        Directory.Delete(output, recursive: true);
        return new KillOutcome(moment, isResumed, isIdentical, leftovers, violations);
    }

    public void Dispose() => _folder.Dispose();

    // Files that are neither the older run's nor a whole one of the newer.
    private IEnumerable<string> Broken(string output)
    {
        foreach (string name in Files(output).Except(Leftovers(output)))
        {
            string file = Path.Combine(output, name), older = Path.Combine(_older, name);
            if (WholeFile.AreSame(file, older))
                continue;
            if (WholeFile.Problem(file) is { } problem)
                yield return $"{name}: {problem}";
            else if (name == Weights && !WholeFile.AreSame(file, Path.Combine(_unbroken, name)))
                yield return $"{name} is of neither run";
            else if (name == Model && new FileInfo(file).Length != _modelLength) // all but the date is the same
                yield return $"{name} has another length than the unbroken run's";
        }
    }

    // Checkpoints of the run itself.
    private string[] Own(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*.safetensors").Select(Path.GetFileName).Where(name =>
            !WholeFile.AreSame(Path.Combine(folder, name!), Path.Combine(_older, "checkpoint", name!)))!]
        : [];

    private static List<string> Leftovers(string output) => [.. Files(output).Where(name => name.EndsWith(".tmp", StringComparison.Ordinal) || name.EndsWith(".lock", StringComparison.Ordinal))];

    private static string[] Files(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))]
        : [];

    private static void Copy(string from, string to)
    {
        foreach (string name in Files(from))
        {
            string target = Path.Combine(to, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(from, name), target);
        }
    }

    private static void RunToEnd(string output, params string[] options)
    {
        using RunningProgram run = Train(["--output", output, .. options]);
        run.WaitForExit();
        if (run.ExitCode != ExitCodes.Done)
            throw new InvalidOperationException($"Training ended with {run.ExitCode}: {run.Error}");
    }

    private static RunningProgram Train(params string[] options) =>
        RunningProgram.Start(Programs.TrainingHost, ["--dataset", "synthetic", "--limit", "400", "--threads", "1", .. options]);
}
