using System.Runtime.CompilerServices;
using MnistAdder.Training.Devices;

namespace MnistAdder.Training.Tests;

/// <summary>The runtime as the program sets it: test programs run side by side, where it matters most.</summary>
internal static class TunedRuntime
{
    [ModuleInitializer]
    public static void Tune()
    {
        NativeRuntime.Tune();
        _ = HiddenCaches.Reveal();
    }
}
