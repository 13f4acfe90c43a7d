using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>Signals that come early, late, or while the program waits for somebody else.</summary>
public sealed class SignalTests : IDisposable
{
    private const int ManyRows = 60_000;
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, int> Signals => new()
    {
        { RunningProgram.Interrupt, ExitCodes.Interrupted },
        { RunningProgram.Terminate, ExitCodes.Terminated },
        { RunningProgram.HangUp, ExitCodes.HungUp },
    };

    [Theory]
    [MemberData(nameof(Signals))]
    public void A_signal_ends_the_wait_for_somebody_who_writes_the_input(int signal, int exitCode)
    {
        string pipe = NamedPipe.Make(_folder["pipe.csv"]);
        Stop(signal, exitCode, "score", pipe, "-o", _folder.Output);
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void A_signal_ends_the_wait_for_somebody_who_opens_the_output(int signal, int exitCode)
    {
        string pipe = NamedPipe.Make(_folder["pipe"]);
        Stop(signal, exitCode, "score", _folder.WriteRows(1), "-o", pipe);
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void A_signal_ends_the_wait_for_somebody_who_reads_the_output(int signal, int exitCode)
    {
        string pipe = NamedPipe.Make(_folder["pipe"]);
        using var reader = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite); // and never reads
        Stop(signal, exitCode, "score", _folder.WriteRows(ManyRows), "-o", pipe);
    }

    [Fact]
    public void A_full_standard_output_is_left_when_a_signal_comes()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        string score = $"dotnet '{Programs.ScoringHost}' score '{_folder.WriteRows(ManyRows)}' --model '{_folder.Model}' --provider cpu -q";
        using RunningProgram run = RunningProgram.StartCommand(
            "/bin/bash", ["-c", $"{{ {score} & echo $! > '{_folder["id"]}'; wait $!; echo $? > '{_folder["code"]}'; }} | {{ sleep 3; kill -TERM $(cat '{_folder["id"]}'); sleep 3; }}"]);
        run.WaitForExit();
        Assert.Equal(("143\n", ""), (File.ReadAllText(_folder["code"]), run.Error));
    }

    [Fact]
    public void A_computation_that_hears_no_signal_is_ended_all_the_same()
    {
        string[] arguments = ["score", _folder.WriteRows(1), "-o", _folder.Output, "--model", _folder.Write("endless.onnx", SpotModel.EndlessBytes()), "--provider", "cpu", "-q"];
        using RunningProgram run = RunningProgram.Start(Programs.ScoringHost, arguments);
        Thread.Sleep(TimeSpan.FromSeconds(2));
        run.Signal(RunningProgram.Terminate);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Terminated, ""), (run.ExitCode, run.Error));
        Assert.False(File.Exists(_folder.Output));
    }

    // Before the runtime has begun, the system itself ends it.
    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(70)]
    [InlineData(100)]
    [InlineData(150)]
    public void A_signal_in_the_first_moments_ends_the_program_like_any_other(int milliseconds)
    {
        using RunningProgram run = Start("score", _folder.WriteRows(ManyRows), "-o", _folder.Output);
        Thread.Sleep(milliseconds);
        run.Signal(RunningProgram.Terminate);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Terminated, ""), (run.ExitCode, run.Error));
        Assert.Empty(_folder.Leftovers());
    }

    [Fact]
    public void A_signal_that_comes_to_the_program_and_to_its_group_is_one()
    {
        for (int milliseconds = 0; milliseconds < 40; milliseconds += 10)
        {
            using RunningProgram run = Start("score", _folder.WriteRows(ManyRows), "-o", _folder.Output);
            run.WaitForFile($"{_folder.Output}.{run.Id}@{AtomicFile.Machine}.tmp");
            run.Signal(RunningProgram.Terminate);
            Thread.Sleep(milliseconds);
            run.TrySignal(RunningProgram.Terminate);
            run.WaitForExit();
            Assert.Equal((ExitCodes.Terminated, ""), (run.ExitCode, run.Error));
            Assert.Empty(_folder.Leftovers());
        }
    }

    [Fact]
    public void Nohup_keeps_a_run_alive_when_its_terminal_goes()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash.");
        string score = $"dotnet '{Programs.ScoringHost}' score '{_folder.WriteRows(ManyRows)}' -o '{_folder.Output}' --model '{_folder.Model}' --provider cpu -q";
        using RunningProgram run = RunningProgram.StartCommand("/bin/bash", ["-c", $"trap '' HUP; exec {score}"]);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Assert.True(run.TrySignal(RunningProgram.HangUp), "It was quicker.");
        run.WaitForExit();
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        Assert.True(File.Exists(_folder.Output));
    }

    private void Stop(int signal, int exitCode, params string[] arguments)
    {
        RunningProgram.SkipWhereIgnored(signal);
        using RunningProgram run = Start(arguments);
        Thread.Sleep(TimeSpan.FromSeconds(2));
        run.Signal(signal);
        run.WaitForExit();
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Error));
        Assert.Empty(_folder.Leftovers());
    }

    private RunningProgram Start(params string[] arguments) =>
        RunningProgram.Start(Programs.ScoringHost, [.. arguments, "--model", _folder.Model, "--provider", "cpu", "-q"]);
}
