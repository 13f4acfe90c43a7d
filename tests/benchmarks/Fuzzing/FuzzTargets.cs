using MnistAdder.Fuzzing;
using MnistAdder.OnnxBatching.Tests.Fuzzing;
using MnistAdder.Scoring.Tests.Fuzzing;
using MnistAdder.Server.Tests.Fuzzing;
using MnistAdder.Serving.Tests.Fuzzing;
using MnistAdder.Tests.Fuzzing;
using MnistAdder.Training.Tests.Fuzzing;

namespace MnistAdder.Benchmarks.Fuzzing;

/// <summary>Every parser of the project that reads what others wrote, and the optimiser of networks.</summary>
internal static class FuzzTargets
{
    private static readonly Dictionary<string, Func<FuzzTarget>> s_targets = new(StringComparer.Ordinal)
    {
        ["idx-images"] = IdxTarget.Images,
        ["idx-labels"] = IdxTarget.Labels,
        ["safetensors"] = () => new SafetensorsTarget(),
        ["checkpoint-sgd"] = CheckpointTarget.Sgd,
        ["checkpoint-adamw"] = CheckpointTarget.AdamW,
        ["csv"] = () => new CsvTarget(),
        ["images"] = () => new ImageTarget(),
        ["outline"] = () => new OutlineTarget(),
        ["model-zip"] = ModelZipTarget.Stock,
        ["model-zip-onnx"] = ModelZipTarget.Onnx,
        ["inflate"] = () => new InflateTarget(),
        ["preparation"] = () => new PreparationTarget(),
        ["metadata"] = () => new MetadataTarget(),
        ["inference"] = () => new InferenceTarget(),
        ["questions"] = () => new QuestionTarget(),
        ["networks"] = () => new NetworkTarget(),
    };

    /// <summary>The words for <c>--target</c>.</summary>
    public static IReadOnlyCollection<string> Names => s_targets.Keys;

    /// <summary>Makes a target, which the caller disposes of.</summary>
    public static FuzzTarget Create(string name) => s_targets[name]();
}
