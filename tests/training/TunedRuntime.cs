using System.Runtime.CompilerServices;
using MnistAdder.Training.Devices;

namespace MnistAdder.Training.Tests;

/// <summary>Test programs run side by side: their threads must not spin while others could work.</summary>
internal static class SleepingThreads
{
    [ModuleInitializer]
    public static void Prefer() => OpenMpWaiting.Sleep();
}
