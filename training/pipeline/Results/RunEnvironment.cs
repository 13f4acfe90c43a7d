using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MnistAdder.Training.Export;
using TorchSharp;

namespace MnistAdder.Training.Results;

/// <summary>What a run ran on, by version.</summary>
/// <param name="MnistAdder">This program.</param>
/// <param name="Dotnet">The .NET runtime.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="TorchSharp">TorchSharp.</param>
/// <param name="Libtorch">The libtorch that TorchSharp loaded.</param>
/// <param name="MLNet">ML.NET.</param>
/// <param name="OnnxRuntime">The native ONNX Runtime.</param>
internal sealed record RunEnvironment(string MnistAdder, string Dotnet, string OperatingSystem, string TorchSharp, string Libtorch, string MLNet, string OnnxRuntime)
{
    /// <summary>The versions in this process.</summary>
    public static RunEnvironment Here() => new(
        ModelExport.Version,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        ThisMachine.VersionOf(typeof(torch).Assembly),
        torch.__version__,
        ThisMachine.VersionOf(typeof(MLContext).Assembly),
        OrtEnv.Instance().GetVersionString());
}
