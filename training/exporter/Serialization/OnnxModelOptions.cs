using System.Collections.ObjectModel;

namespace MnistAdder.OnnxExport;

/// <summary>Versions and texts of a model.</summary>
public sealed record OnnxModelOptions
{
    /// <summary>The least and the default version of ONNX's operators: the first with layer normalisation.</summary>
    public const int MinimumOpset = 17;

    /// <summary>The highest version of ONNX's operators that every exported node is valid in.</summary>
    public const int MaximumOpset = 21;

    /// <summary>The version of ONNX's operators, <see cref="MinimumOpset"/>…<see cref="MaximumOpset"/>.</summary>
    public int Opset { get; init; } = MinimumOpset;

    /// <summary>The version of the file format, at least 8. ONNX pairs opset 17 with 8, 18 with 8, 19 and 20 with 9, 21 with 10.</summary>
    public int IrVersion { get; init; } = 8;

    /// <summary>Versions of the operators of other domains, by domain.</summary>
    public IReadOnlyDictionary<string, int> DomainVersions { get; init; } = ReadOnlyDictionary<string, int>.Empty;

    /// <summary>What made the model.</summary>
    public string ProducerName { get; init; } = "MnistAdder.OnnxExport";

    /// <summary>The version of what made the model.</summary>
    public string ProducerVersion { get; init; } = typeof(OnnxModelOptions).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>A text for whoever looks at the model; may be Markdown.</summary>
    public string DocString { get; init; } = "";

    /// <summary>Named texts that readers of the model can ask for; written in the order of their keys.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
