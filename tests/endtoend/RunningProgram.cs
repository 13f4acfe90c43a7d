using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>A program of this project as a person starts it, and what it said.</summary>
internal sealed class RunningProgram : IDisposable
{
    public const int HangUp = 1, Interrupt = 2, Kill = 9, Terminate = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);
    private readonly Process _process;
    private readonly StringBuilder _output = new(), _error = new();

    private RunningProgram(Process process) => _process = process;

    public string Output => Text(_output);

    public string Error => Text(_error);

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool IsRunning => !_process.HasExited;

    /// <summary>Skips a test where programs that it starts don't hear a signal, as with nohup or in the background of a shell without job control.</summary>
    public static void SkipWhereIgnored(int signal)
    {
        const string label = "SigIgn:";
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
        bool isIgnored = line is not null && (ulong.Parse(line[label.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (signal - 1))) != 0;
        Assert.SkipWhen(isIgnored, $"Who started these tests has signal {signal} ignored, and the programs that they start ignore it, too.");
    }

    /// <summary>Starts a .NET program without MNIST, cache or network of the person's own, unless the variables say otherwise.</summary>
    public static RunningProgram Start(string program, string[] arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        StartCommand("dotnet", [program, .. arguments], variables);

    /// <summary>Starts a .NET program whose standard input stays open; see <see cref="Send"/>.</summary>
    public static RunningProgram StartWithInput(string program, string[] arguments) => Begin("dotnet", [program, .. arguments]);

    /// <summary>Starts a command in a folder, or at the top of the checkout.</summary>
    public static RunningProgram StartCommand(
        string command, string[] arguments, IReadOnlyDictionary<string, string>? variables = null, string? folder = null)
    {
        RunningProgram running = Begin(command, arguments, variables, folder);
        running.EndInput();
        return running;
    }

    /// <summary>Runs to the end.</summary>
    public static RunningProgram Run(string program, params string[] arguments)
    {
        RunningProgram running = Start(program, arguments);
        running.WaitForExit();
        return running;
    }

    public void WaitForExit()
    {
        if (!_process.WaitForExit(s_patience))
            throw new TimeoutException($"The program is still running after {s_patience}.\n{Output}\n{Error}");
        _process.WaitForExit(); // for the rest of its output
    }

    /// <summary>Waits until the program has printed something.</summary>
    public void WaitForOutput(string text) => WaitFor(() => Output.Contains(text, StringComparison.Ordinal), $"print '{text}'");

    /// <summary>Waits until the program has written a file.</summary>
    public void WaitForFile(string path) => WaitFor(() => File.Exists(path), $"write {path}");

    private void WaitFor(Func<bool> isDone, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!isDone())
        {
            if (clock.Elapsed > s_patience || _process.HasExited)
                throw new TimeoutException($"The program didn't {what}.\n{Output}\n{Error}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Writes to the program's standard input.</summary>
    public void Send(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    public void Signal(int signal)
    {
        if (!TrySignal(signal))
            throw new InvalidOperationException($"Signal {signal} could not be sent.");
    }

    /// <summary>Sends a signal unless the program has ended.</summary>
    public bool TrySignal(int signal) => !_process.HasExited && kill(_process.Id, signal) == 0;

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static RunningProgram Begin(
        string command, string[] arguments, IReadOnlyDictionary<string, string>? variables = null, string? folder = null)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? Repository.Root,
        };
        foreach (string inherited in (string[])["MNIST_DATA", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "ORT_DISABLE_TELEMETRY"])
            start.Environment.Remove(inherited);
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var running = new RunningProgram(new Process { StartInfo = start });
        running._process.OutputDataReceived += (_, line) => Append(running._output, line.Data);
        running._process.ErrorDataReceived += (_, line) => Append(running._error, line.Data);
        running._process.Start();
        running._process.BeginOutputReadLine();
        running._process.BeginErrorReadLine();
        return running;
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [DllImport("libc", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
