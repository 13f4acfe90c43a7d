using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Serving;
using MnistAdder.Serving.Images;

namespace MnistAdder.Scoring.Cli;

/// <summary>Everything that a run of <c>score</c> depends on.</summary>
/// <param name="Input">A CSV file, or <c>-</c>.</param>
internal sealed record ScoreSettings(string Input)
{
    /// <summary>A file, or <c>-</c>.</summary>
    public string Output { get; init; } = InputFile.Standard;

    /// <summary>The model; <see langword="null"/> looks for one.</summary>
    public string? Model { get; init; }

    /// <summary>Where relative image paths begin; <see langword="null"/> takes the input's folder.</summary>
    public string? Root { get; init; }

    public string PathColumn { get; init; } = InputTable.PathColumn;

    public string NumberColumn { get; init; } = InputTable.NumberColumn;

    public string OutputPrefix { get; init; } = "";

    public ImagePreparation Preparation { get; init; }

    public InferenceOptions Inference { get; init; } = InferenceOptions.Default;

    public bool Probabilities { get; init; }

    public BadRows OnBadRow { get; init; }

    public OutputFormat Format { get; init; }

    /// <summary>The most rows that are read.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Neither progress nor summary.</summary>
    public bool Quiet { get; init; }
}
