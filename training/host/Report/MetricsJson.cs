using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace MnistAdder.Training.Report;

/// <summary><c>metrics.json</c>: the run's figures for programs.</summary>
internal static class MetricsJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file's text.</summary>
    public static string Write(RunSummary run) => JsonSerializer.Serialize(
        new
        {
            run.Metadata.DigitAccuracy,
            run.Metadata.SumAccuracy,
            run.Metadata.EvaluatedOn,
            LastEpoch = run.History[^1],
            run.Settings,
            run.Metadata.Parameters,
            run.TrainingSeconds,
            run.ImagesPerSecond,
            run.ExportSeconds,
            run.Verification,
            run.Evaluation,
            run.Device,
            run.Metadata.Date,
            Versions = new
            {
                MnistAdder = VersionOf(typeof(RunSummary)),
                Dotnet = RuntimeInformation.FrameworkDescription,
                OperatingSystem = RuntimeInformation.OSDescription,
                TorchSharp = VersionOf(typeof(torch)),
                Libtorch = torch.__version__,
                MLNet = VersionOf(typeof(MLContext)),
                OnnxRuntime = OrtEnv.Instance().GetVersionString(),
            },
        },
        Format) + "\n";

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
