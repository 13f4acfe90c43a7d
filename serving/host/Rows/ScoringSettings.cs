using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving;

namespace MnistAdder.Scoring.Rows;

/// <summary>Everything that makes results what they are, beside the input and the model.</summary>
/// <param name="Root">Where relative image paths begin; null for the folder of the input.</param>
/// <param name="Columns">Which columns of the input mean something.</param>
/// <param name="Preprocess">How images are prepared.</param>
/// <param name="OnError">What a row without an answer does.</param>
/// <param name="OutputPrefix">Put before the names of the columns that are added.</param>
/// <param name="Omitted">Columns of the input that the output leaves out.</param>
/// <param name="Probabilities">Whether every probability gets a column.</param>
/// <param name="Format">How results are written.</param>
internal sealed record ScoringSettings(
    string? Root, ColumnNames Columns, ImagePreparation Preprocess, BadRows OnError, string OutputPrefix, IReadOnlyList<string> Omitted, bool Probabilities, OutputFormat Format)
{
    /// <summary>The columns of the output.</summary>
    /// <param name="file">What messages call the input.</param>
    /// <param name="input">Its columns.</param>
    /// <exception cref="InvalidDataException">A column of the input has the name of a result, or one that is left out doesn't exist.</exception>
    public OutputColumns OutputColumns(string file, IReadOnlyList<string> input) => new(file, input, OutputPrefix, Probabilities, Omitted);
}

/// <summary>What a bad row does.</summary>
internal enum BadRows
{
    /// <summary>It has a reason in its error column, and the run goes on.</summary>
    Report,

    /// <summary>It ends the run.</summary>
    Fail,
}
