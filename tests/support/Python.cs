using System.Diagnostics;

namespace MnistAdder.Tests.Support;

/// <summary>The system's Python, for what other people's tools say of this project's files.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Skips the test where a module isn't installed.</summary>
    /// <param name="module">Its name.</param>
    /// <param name="package">Debian's package of it.</param>
    public static void RequireModule(string module, string package)
    {
        Assert.SkipUnless(File.Exists(Interpreter), $"There is no {Interpreter} (Debian: {package}).");
        Assert.SkipUnless(Start(["-c", $"import {module}"]).ExitCode == 0, $"{Interpreter} has no module {module} (Debian: {package}).");
    }

    /// <summary>Runs it to its end, which has to be a good one.</summary>
    /// <param name="arguments">As on the command line: a script's file, or <c>-c</c> and a program.</param>
    /// <returns>What it wrote to standard output.</returns>
    public static string Run(params IEnumerable<string> arguments)
    {
        (int exitCode, string output, string error) = Start(arguments);
        Assert.True(exitCode == 0, $"python3 ended with {exitCode}:\n{error}");
        return output;
    }

    private static (int ExitCode, string Output, string Error) Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Interpreter, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
