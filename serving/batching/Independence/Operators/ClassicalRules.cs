using MnistAdder.Onnx;
using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Trees, linear models and text of the domain ai.onnx.ml, as scikit-learn's and ML.NET's models have them: [rows, features].</summary>
internal static class ClassicalRules
{
    private const string Classical = "ai.onnx.ml", Runtime = "com.microsoft";

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add(Classical, Classifier, "LinearClassifier", "SVMClassifier", "TreeEnsembleClassifier");
        rules.Add(Classical, operation => [Table(operation, Size.Of(operation.Integer("targets", 1)))], "LinearRegressor");
        rules.Add(Classical, operation => [Table(operation, operation.Attribute("n_targets") is { } targets ? Size.Of(targets.I) : operation.Dimension(1))], "TreeEnsembleRegressor", "TreeEnsemble");
        rules.Add(Classical, operation => [Table(operation, Size.One)], "SVMRegressor");
        rules.Add(Classical, operation => [Table(operation, null)], "Normalizer");
        rules.Add(Classical, operation => [Features(operation)], "Scaler", "Imputer");
        rules.Add(Classical, OneHotEncoder, "OneHotEncoder");
        rules.Add(Classical, FeatureVectorizer, "FeatureVectorizer");
        rules.Add(Classical, ArrayFeatureExtractor, "ArrayFeatureExtractor");
        rules.Add(Classical, operation => [Table(operation, Size.One)], "ZipMap");
        rules.Add("", TfIdfVectorizer, "TfIdfVectorizer");
        rules.Add("", StringNormalizer, "StringNormalizer");
        rules.Add(Runtime, Tokenizer, "Tokenizer");
    }

    // Rows of a table in the first axis: a single axis would be the features of one row, and of three the last isn't gone through.
    private static Flow Table(Operation operation, Size? width)
    {
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.Same)
            return Flow.Same(null);
        if (data.Shape!.Length != 2 || data.Axis != 0)
            throw operation.Mixed("has the rows along another axis than the first of two");
        return data.WithShape(width is { } size ? [data.Shape[0], size] : data.Shape);
    }

    // Numbers of the second axis' places are gone through again and again, also of more dimensions.
    private static Flow Features(Operation operation)
    {
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.PerRow && (data.Shape!.Length < 2 || data.Axis != 0))
            throw operation.Mixed("has the rows along another axis than the first of two");
        return data.WithShape(data.Shape!);
    }

    private static Flow[] Classifier(Operation operation)
    {
        // Of pairs of classes, as support vector machines have them, there may be more or fewer.
        int labels = Labels(operation);
        Flow scores = Table(operation, labels > 1 && operation.Type != "SVMClassifier" ? Size.Of(labels) : operation.Dimension(1, 1));
        return [scores.Kind == FlowKind.Same ? scores : Flow.PerRow([scores.Shape![0]], 0, scores.Outer), scores];
    }

    // Long lists of numbers aren't there; a list is either of numbers or of texts.
    private static int Labels(Operation operation) =>
        new[] { "classlabels_ints", "classlabels_int64s", "classlabels_strings" }.Sum(name => CountOf(operation, name));

    private static int CountOf(Operation operation, string list) =>
        operation.Attribute(list) is { } found && found.Ints.Count <= Flow.MostElements ? found.Ints.Count + found.Strings.Count : 0;

    private static Flow[] OneHotEncoder(Operation operation)
    {
        Flow data = operation.Ranked(0);
        int categories = CountOf(operation, "cats_int64s") + CountOf(operation, "cats_strings");
        Size[] shape = [.. data.Shape!, categories > 0 ? Size.Of(categories) : operation.Dimension(data.Shape!.Length)];
        return [data.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, data.Axis, data.Outer)];
    }

    private static Flow[] FeatureVectorizer(Operation operation)
    {
        Flow[] parts = [.. Enumerable.Range(0, operation.InputCount).Select(operation.Ranked)];
        if (parts.All(part => part.Kind == FlowKind.Same))
            return [Flow.Same(null)];
        if (parts.Any(part => part.Kind != FlowKind.PerRow || part.Shape!.Length != 2 || part.Axis != 0 || !part.HasRowsAs(parts[0])))
            throw operation.Mixed("joins rows to something that isn't as many");
        return [Flow.PerRow([parts[0].Shape![0], operation.Dimension(1)], 0, parts[0].Outer)];
    }

    // Takes places of the last axis. Indices of any shape are a list.
    private static Flow[] ArrayFeatureExtractor(Operation operation)
    {
        Flow data = operation.Ranked(0), indices = operation.Ranked(1);
        if (data.Shape!.Length == 0)
            throw operation.Unknown("takes parts of a scalar");
        Size count = Size.Product(indices.Shape!);
        Size[] shape = data.Shape.Length == 1 ? [Size.One, count] : [.. data.Shape[..^1], count];
        if (data.Kind == FlowKind.Same)
            return [indices.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, shape.Length - 1, indices.Before)];
        if (indices.Kind == FlowKind.PerRow || data.Axis == data.Shape.Length - 1)
            throw operation.Mixed("takes some of the rows");
        return [Flow.PerRow(shape, data.Axis, data.Outer)];
    }

    private static Flow[] TfIdfVectorizer(Operation operation)
    {
        Flow data = operation.Input(0) is { Padding: { } padding } && !CountsText(operation, padding) ? operation.Follow(0) : operation.Ranked(0);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(null)];
        if (data.Shape is not [_, _] || data.Axis != 0)
            throw operation.Mixed("counts the words of all rows");
        return [Flow.PerRow([data.Shape[0], operation.Dimension(1)], 0, data.Outer)];
    }

    // Words that no counted sequence has may stand behind the others.
    private static bool CountsText(Operation operation, string text) =>
        operation.Attribute("pool_strings") is not { Strings.Count: > 0 } pool || pool.Strings.Any(word => word.ToStringUtf8() == text);

    private static Flow[] StringNormalizer(Operation operation)
    {
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(null)];
        bool leavesOut = operation.Attribute("stopwords") is { Strings.Count: > 0 };
        return data.Shape!.Length == 1 && !leavesOut ? [data.WithShape(data.Shape)] : throw operation.Mixed("normalizes the words of one row");
    }

    // Rows with fewer words than the longest are filled up.
    private static Flow[] Tokenizer(Operation operation)
    {
        Flow data = operation.Ranked(0);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(null)];
        if (data.Axis != 0)
            throw operation.Mixed("has the rows along another axis than the first");
        AttributeProto? padding = operation.Attribute("pad_value");
        return [Flow.PerRow([.. data.Shape!, operation.Dimension(data.Shape!.Length)], 0, data.Outer) with { Padding = padding?.S.ToStringUtf8() ?? throw operation.Unknown("fills rows up with an unknown text") }];
    }
}
