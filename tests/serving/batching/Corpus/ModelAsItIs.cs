using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>
/// Judges the transform by a model on its own test data, one row for each set: it gives what plain ONNX Runtime gives, what stock gives
/// where that has an answer, and what ONNX expects where ONNX Runtime agrees; or it refuses a type that no column holds.
/// </summary>
internal static class ModelAsItIs
{
    public static Verdict Judge(CorpusModel model)
    {
        if (model.WithoutColumn() is { } found)
            return JudgeRefusal(model, found.Tensor, found.Type);

        Verdict verdict = Verdict.Failure("it has no test data");
        foreach ((CorpusTensor[] inputs, CorpusTensor[] expected) in model.DataSets())
        {
            verdict = Judge(model, inputs, expected);
            if (verdict.IsFailure)
                break;
        }

        return verdict;
    }

    // Where the input's type has no column, one of Single stands in for it.
    private static Verdict JudgeRefusal(CorpusModel model, string tensor, string type)
    {
        var view = TensorView.Of([[.. model.Inputs.Select(input =>
        {
            var element = (ElementType)(input.Type.TensorType?.ElemType ?? 0);
            return TensorKind.Of(element) is null
                ? new CorpusTensor(input.Name, ElementType.Float, [1], new float[1])
                : new CorpusTensor(input.Name, element, [1], TensorKind.Of(element)!.Zeros(1));
        })]]);
        string[] names = [.. model.Outputs.Select(value => value.Name)];
        TransformAnswer batched = TransformAnswer.Batched(new BatchedOnnxOptions { ModelFile = model.File }, view, names);
        TransformAnswer stock = TransformAnswer.Stock(model.File, view, names);

        if (batched.Error is null)
            return Verdict.Failure($"it gives an answer in spite of its {type} '{tensor}'");
        if (stock.Error is null)
            return Verdict.Failure($"it is refused, and stock takes it: {Verdict.OneLine(batched.Error)}");
        if (!batched.IsDeliberate || !batched.Error.Message.Contains($"'{tensor}'", StringComparison.Ordinal))
            return Verdict.Failure($"its {type} '{tensor}' is refused without being named: {Verdict.OneLine(batched.Error)}");
        return new Verdict($"refused: {type}");
    }

    private static Verdict Judge(CorpusModel model, CorpusTensor[] inputs, CorpusTensor[] expected)
    {
        string[] names = [.. expected.Select(tensor => tensor.Name)];
        var view = TensorView.Of([inputs]);
        TransformAnswer batched = TransformAnswer.Batched(new BatchedOnnxOptions { ModelFile = model.File }, view, names);
        TransformAnswer stock = TransformAnswer.Stock(model.File, view, names);

        CorpusTensor[] plain;
        try
        {
            using var session = new PlainSession(model.Bytes);
            plain = session.Run(inputs, names);
        }
        catch (OnnxRuntimeException exception)
        {
            if (batched.Error is null || !batched.IsDeliberate)
                return Verdict.Failure($"ONNX Runtime refuses it ({Verdict.OneLine(exception)}), and the transform says {Verdict.OneLine(batched.Error)}");
            return new Verdict("plain ONNX Runtime doesn't run it");
        }

        if (batched.IsDeliberate && stock.Error is not null && inputs.Any(input => model.LeavesFirstOpen(input.Name) && input.Dimensions[0] != 1))
            return new Verdict("refused: several rows at once, where a row is one");
        if (batched.Error is not null)
            return Verdict.Failure($"{Verdict.OneLine(batched.Error)} [stock: {(stock.Error is null ? "an answer" : Verdict.OneLine(stock.Error))}]");
        if (stock.Error is null && !SameTypes(stock.Schema!, batched.Schema!))
            return Verdict.Failure($"its columns are {Types(batched.Schema!)}, stock's {Types(stock.Schema!)}");
        Array[] row = batched.Rows.Single();
        if (model.IsRandom)
            return new Verdict("passed, but for its values, which are random", row.Zip(plain).Any(pair => pair.First.Length != pair.Second.Values.Length) ? "lengths differ" : null);

        bool isExpected = true;
        for (int i = 0; i < names.Length; i++)
        {
            if (TensorComparison.ButForRounding(plain[i].Values, row[i]) is { } difference)
                return Verdict.Failure($"output '{names[i]}', against ONNX Runtime: {difference}");
            if (stock.Error is null && TensorComparison.ButForRounding(stock.Rows[0][i], row[i]) is { } stockDifference)
                return Verdict.Failure($"output '{names[i]}', against stock: {stockDifference}");
            isExpected &= plain[i].Dimensions.SequenceEqual(expected[i].Dimensions) && TensorComparison.AsBackendTests(expected[i].Values, plain[i].Values) is null;
            if (isExpected && TensorComparison.AsBackendTests(expected[i].Values, row[i]) is { } expectedDifference)
                return Verdict.Failure($"output '{names[i]}', against the expected: {expectedDifference}");
        }

        if (!isExpected)
            return new Verdict("as plain ONNX Runtime, which differs from the expected");
        return new Verdict(stock.Error is null ? Verdict.Passed : "passed, where stock throws");
    }

    private static bool SameTypes(DataViewSchema stock, DataViewSchema batched) => Types(stock) == Types(batched);

    private static string Types(DataViewSchema schema) => string.Join(", ", schema.Select(column => $"{column.Name}: {column.Type}"));
}
