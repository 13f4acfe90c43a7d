using System.Diagnostics;

namespace MnistAdder.Tests.Support;

/// <summary>Named pipes of Linux, which keep whoever opens one waiting until somebody opens the other end.</summary>
internal static class NamedPipe
{
    /// <summary>Makes one; skips the test elsewhere.</summary>
    /// <param name="path">Where.</param>
    /// <returns>The path.</returns>
    public static string Make(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked for a named pipe here.");
        using Process process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}
