using System.Runtime.InteropServices;

namespace MnistAdder.Training.Devices;

/// <summary>How the threads of libtorch's OpenMP runtime wait for each other.</summary>
/// <remarks>
/// GNU's libgomp spins by default. Alone on a machine that costs nothing; with anything else on the same processors each of the
/// hundred barriers of a training step can burn a time slice, and training falls to a fraction of its speed. Threads that sleep
/// give the processor away.
/// </remarks>
internal static class OpenMpWaiting
{
    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>Lets them sleep, unless the user's environment says otherwise. It has to come before libtorch is loaded.</summary>
    public static void Sleep()
    {
        // .NET's own SetEnvironmentVariable doesn't reach native libraries on Linux.
        bool chosenByUser = Environment.GetEnvironmentVariable(Policy) is not null || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null;
        if (OperatingSystem.IsLinux() && !chosenByUser && setenv(Policy, "PASSIVE", 0) != 0)
            throw new TrainingException($"The environment variable {Policy} could not be set.");
    }

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setenv(string name, string value, int overwrite);
}
