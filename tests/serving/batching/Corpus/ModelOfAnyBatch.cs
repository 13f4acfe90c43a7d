using Microsoft.ML.OnnxRuntime;
using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>
/// Judges the transform by a model whose first dimensions were opened, on rows that differ: each gives what it gives alone in plain ONNX
/// Runtime, and an error where it gives nothing there.
/// </summary>
internal static class ModelOfAnyBatch
{
    /// <summary>The model's inputs are all of the batch.</summary>
    public static Verdict Judge(CorpusModel model) => Judge(model, OpenedModel.TryOpen(model));

    /// <summary>One of the model's inputs is of the batch, and the others are constants.</summary>
    public static Verdict Judge(CorpusModel model, ValueInfoProto input) => Judge(model, OpenedModel.TryOpen(model, input));

    private static Verdict Judge(CorpusModel model, OpenedModel? opened)
    {
        if (opened is null)
            return new Verdict("has no first dimension to open, or a type without a column");

        string[] outputs = [.. model.Outputs.Select(output => output.Name)];
        Array[]?[] alone = new Array[]?[opened.Rows.Count];
        try
        {
            using var session = new PlainSession(opened.Bytes);
            for (int row = 0; row < alone.Length; row++)
                alone[row] = RunAlone(session, opened.Rows[row], outputs);
        }
        catch (OnnxRuntimeException)
        {
            // No row has an answer.
        }

        foreach (int batchSize in new[] { 2, 0 })
        {
            var options = new BatchedOnnxOptions { ModelBytes = opened.Bytes, Inference = new InferenceOptions { BatchSize = batchSize } };
            TransformAnswer answer = TransformAnswer.Batched(options, TensorView.Of(opened.Rows), outputs);
            if (Problem(answer, alone, model.IsRandom) is { } problem)
                return Verdict.Failure($"in batches of {(batchSize == 0 ? "any size" : batchSize)}, {problem}");
        }

        return new Verdict(
            alone.All(row => row is null) ? "no row runs alone, and the transform says so"
            : alone.Any(row => row is null) ? "some rows don't run alone, and the transform says so"
            : model.IsRandom ? "passed, but for its values, which are random"
            : Verdict.Passed);
    }

    private static Array[]? RunAlone(PlainSession session, CorpusTensor[] row, string[] outputs)
    {
        try
        {
            return [.. session.Run(row, outputs).Select(tensor => tensor.Values)];
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    private static string? Problem(TransformAnswer answer, Array[]?[] alone, bool isRandom)
    {
        if (answer.Error is null && answer.Rows.Count != alone.Length)
            return $"{answer.Rows.Count} rows come instead of {alone.Length}";
        for (int row = 0; row < answer.Rows.Count; row++)
        {
            if (alone[row] is not { } expected)
                return $"row {row} has an answer, and none alone";
            for (int i = 0; i < expected.Length; i++)
            {
                string? difference = isRandom ? null : TensorComparison.ButForRounding(expected[i], answer.Rows[row][i]);
                if (difference is not null || expected[i].Length != answer.Rows[row][i].Length)
                    return $"row {row} differs from what it gives alone: {difference ?? "another length"}";
            }
        }

        if (answer.Error is null)
            return null;
        if (alone.All(row => row is not null))
            return $"row {answer.Rows.Count} has an answer alone, and here {Verdict.OneLine(answer.Error)}";
        return answer.IsDeliberate ? null : $"the error is {Verdict.OneLine(answer.Error)}";
    }
}
