using MnistAdder.OnnxBatching.Devices;

namespace MnistAdder.OnnxBatching;

/// <summary>
/// The telemetry of ONNX Runtime 1.31 and later. Its native library, unless it is told not to, keeps a device's id and a database of events in
/// the user's cache (on Linux <c>~/.cache/Microsoft/DeveloperTools/.onnxruntime</c>), and sends them where a network lets it.
/// </summary>
/// <remarks>This library never turns it off or on by itself: that is the application's choice.</remarks>
public static class OnnxTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// Turns it off for this process, by the environment variable <c>ORT_DISABLE_TELEMETRY</c>; where that is set already, to <c>0</c> for
    /// instance, the user's word stands. It has to come before anything else of ONNX Runtime: once the native library is loaded, it does nothing.
    /// </summary>
    public static void TurnOff()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        // Native libraries on Unix don't see what .NET puts into its own copy of the environment. Programs that this one starts do.
        Environment.SetEnvironmentVariable(Variable, "1");
        if (!OperatingSystem.IsWindows())
            NativeEnvironment.SetDefault(Variable, "1");
    }
}
