using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that multiply matrices.</summary>
internal static class ProductRules
{
    private const string Runtime = "com.microsoft", Ellipsis = "...";

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        rules.Add("", operation => [MatMul(operation, operation.Ranked(0), operation.Ranked(1))], "MatMul");
        rules.Add("", operation => MatMulWithPoints(operation, 0, 1, 2, 3), "MatMulInteger");
        rules.Add("", operation => MatMulWithPoints(operation, 0, 3, 1, 2, 4, 5, 6, 7), "QLinearMatMul");
        rules.Add(Runtime, operation => MatMulWithPoints(operation, 0, 1, 2, 3, 4, 5, 6), "MatMulIntegerToFloat");
        rules.Add(Runtime, FusedMatMul, "FusedMatMul");
        rules.Add(Runtime, operation => operation.Inputs.All(input => input.Kind == FlowKind.Same) ? [Flow.Same(null)] : throw operation.Mixed("has one scale for all rows"), "DynamicQuantizeMatMul");
        rules.Add("", operation => Gemm(operation, 0, 1, 2), "Gemm");
        rules.Add(Runtime, operation => Gemm(operation, 0, 1, 2), "FusedGemm");
        rules.Add(Runtime, QuantizedGemm, "QGemm");
        rules.Add("", Einsum, "Einsum");
        rules.Add(Runtime, Distances, "CDist");
    }

    private static Flow[] MatMulWithPoints(Operation operation, int left, int right, params ReadOnlySpan<int> parameters)
    {
        operation.RequireSame(parameters);
        Flow product = MatMul(operation, operation.Ranked(left), operation.Ranked(right));
        // Parameters may be one for each column.
        if (operation.Input(right) is { Kind: FlowKind.PerRow } columns && columns.Axis == columns.Shape!.Length - 1)
        {
            foreach (int index in parameters)
            {
                if (operation.Has(index) && !(operation.Input(index).Shape is { } shape && Size.Product(shape).Known == 1))
                    throw operation.Mixed("has a scale for each of a number of rows");
            }
        }

        return [product];
    }

    private static Flow[] FusedMatMul(Operation operation)
    {
        if (operation.Integer("transBatchA", 0) != 0 || operation.Integer("transBatchB", 0) != 0)
            throw operation.Unknown("takes matrices apart");
        Flow left = operation.Ranked(0), right = operation.Ranked(1);
        return [MatMul(operation, operation.Integer("transA", 0) != 0 ? Turned(left) : left, operation.Integer("transB", 0) != 0 ? Turned(right) : right)];
    }

    private static Flow MatMul(Operation operation, Flow left, Flow right)
    {
        bool isLeftVector = left.Shape!.Length == 1, isRightVector = right.Shape!.Length == 1;
        if (left.Shape.Length == 0 || right.Shape.Length == 0)
            throw operation.Unknown("multiplies scalars");
        Flow a = isLeftVector ? Widened(left, 0) : left, b = isRightVector ? Widened(right, 1) : right;
        int rank = Math.Max(a.Shape!.Length, b.Shape!.Length);
        if (a.Kind == FlowKind.PerRow && a.Axis == a.Shape.Length - 1 || b.Kind == FlowKind.PerRow && b.Axis == b.Shape.Length - 2)
            throw operation.Mixed("adds rows up");

        // The batch axes broadcast; the others come from one side each.
        int rowsOfA = AxisIn(a, rank), rowsOfB = AxisIn(b, rank);
        if (rowsOfA >= 0 && rowsOfB >= 0 && (rowsOfA != rowsOfB || !a.HasRowsAs(b)))
            throw operation.Mixed("multiplies rows with each other");
        int rowAxis = Math.Max(rowsOfA, rowsOfB);
        Flow? rows = rowsOfA >= 0 ? a : rowsOfB >= 0 ? b : null;
        if (rows is not null && rowAxis < rank - 2)
        {
            foreach (Flow side in (Flow[])[a, b])
                Broadcasting.CheckAlignment(operation, side, rows, rowAxis, rank);
        }

        var shape = new Size[rank];
        for (int axis = 0; axis < rank - 2; axis++)
            shape[axis] = Broadcasting.Broadcast(SizeAt(a, axis, rank), SizeAt(b, axis, rank));
        shape[rank - 2] = a.Shape[^2];
        shape[rank - 1] = b.Shape[^1];
        if (rows is not null)
            shape[rowAxis] = rows.Shape![rows.Axis];
        Flow product = rows is null ? Flow.Same(shape) : Flow.PerRow(shape, rowAxis, rows.Outer);
        if (isLeftVector)
            product = Without(product, rank - 2);
        return isRightVector ? Without(product, product.Shape!.Length - 1) : product;
    }

    private static int AxisIn(Flow flow, int rank) => flow.Kind == FlowKind.PerRow ? flow.Axis + rank - flow.Shape!.Length : -1;

    private static Size SizeAt(Flow flow, int axis, int rank)
    {
        int own = axis - (rank - flow.Shape!.Length);
        return own < 0 ? Size.One : flow.Shape[own];
    }

    private static Flow Turned(Flow flow)
    {
        Size[] shape = [.. flow.Shape!];
        if (shape.Length < 2)
            return flow;
        (shape[^1], shape[^2]) = (shape[^2], shape[^1]);
        int last = shape.Length - 1;
        return flow.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, flow.Axis == last ? last - 1 : flow.Axis == last - 1 ? last : flow.Axis, flow.Outer);
    }

    private static Flow Widened(Flow flow, int at)
    {
        Size[] shape = at == 0 ? [Size.One, .. flow.Shape!] : [.. flow.Shape!, Size.One];
        return flow.Kind == FlowKind.Same ? Flow.Same(shape) : Flow.PerRow(shape, at == 0 ? flow.Axis + 1 : flow.Axis, flow.Outer);
    }

    private static Flow Without(Flow flow, int gone)
    {
        Size[] shape = [.. flow.Shape!.Where((_, axis) => axis != gone)];
        return flow.Kind switch
        {
            FlowKind.PerRow => Flow.PerRow(shape, flow.Axis > gone ? flow.Axis - 1 : flow.Axis, flow.Outer),
            FlowKind.Same => Flow.Same(shape),
            _ => flow,
        };
    }

    private static Flow[] Gemm(Operation operation, int left, int right, int added)
    {
        Flow a = operation.Ranked(left), b = operation.Ranked(right);
        if (operation.Integer("transA", 0) != 0)
            a = Turned(a);
        if (operation.Integer("transB", 0) != 0)
            b = Turned(b);
        if (a.Shape!.Length != 2 || b.Shape!.Length != 2)
            throw operation.Unknown("multiplies no matrices");
        Flow product = MatMul(operation, a, b);
        return operation.Has(added) ? [Broadcasting.Combine(operation, [product, operation.Ranked(added)])] : [product];
    }

    // (A, its scale and zero point, B, its scale and zero point, C, the result's scale and zero point)
    private static Flow[] QuantizedGemm(Operation operation)
    {
        operation.RequireSame(1, 2, 4, 5, 7, 8);
        return Gemm(operation, 0, 3, 6);
    }

    // [n, d] and [m, d] give the distances [n, m].
    private static Flow[] Distances(Operation operation)
    {
        Flow a = operation.Ranked(0), b = operation.Ranked(1);
        return a.Shape!.Length == 2 && b.Shape!.Length == 2 ? [MatMul(operation, a, Turned(b))] : throw operation.Unknown("measures no points");
    }

    // Gives letters of their own to the dimensions of an ellipsis, which line up at the end.
    private static void SpellOut(Operation operation, string[] terms, string[] sides)
    {
        const string Spare = "0123456789";
        int longest = 0;
        for (int i = 0; i < terms.Length; i++)
        {
            if (!terms[i].Contains(Ellipsis, StringComparison.Ordinal))
                continue;
            int own = operation.Ranked(i).Shape!.Length - (terms[i].Length - Ellipsis.Length);
            if (own < 0 || own > Spare.Length)
                throw operation.Unknown("has an equation of other dimensions");
            terms[i] = terms[i].Replace(Ellipsis, Spare[^own..], StringComparison.Ordinal);
            longest = Math.Max(longest, own);
        }

        sides[1] = sides[1].Replace(Ellipsis, Spare[^longest..], StringComparison.Ordinal);
        if (Array.Exists([.. terms, sides[1]], term => term.Contains('.', StringComparison.Ordinal)))
            throw operation.Unknown("has an equation that can't be followed");
    }

    private static Flow[] Einsum(Operation operation)
    {
        string equation = operation.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = equation.Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != operation.InputCount)
            throw operation.Unknown("has an equation that can't be followed");
        // Without a result's letters they are those that stand once, in the alphabet's order.
        if (sides.Length == 1)
            sides = [sides[0], (equation.Contains('.', StringComparison.Ordinal) ? Ellipsis : "") + new string([.. sides[0].Where(char.IsAsciiLetter).GroupBy(letter => letter).Where(group => group.Count() == 1).Select(group => group.Key).Order()])];
        SpellOut(operation, terms, sides);

        var sizes = new Dictionary<char, Size>();
        char? label = null;
        Flow? rows = null;
        Flow[] operands = [.. Enumerable.Range(0, terms.Length).Select(operation.Ranked)];
        foreach ((string term, Flow flow) in terms.Zip(operands))
        {
            if (term.Length != flow.Shape!.Length)
                throw operation.Unknown("has an equation of other dimensions");
            for (int axis = 0; axis < term.Length; axis++)
                sizes[term[axis]] = sizes.TryGetValue(term[axis], out Size size) ? Broadcasting.Broadcast(size, flow.Shape[axis]) : flow.Shape[axis];
            if (flow.Kind != FlowKind.PerRow)
                continue;
            if (rows is not null && (label != term[flow.Axis] || !flow.HasRowsAs(rows)))
                throw operation.Mixed("multiplies rows with each other");
            (label, rows) = (term[flow.Axis], flow);
        }

        if (!sides[1].All(sizes.ContainsKey))
            throw operation.Unknown("has an equation of other letters");
        if (rows is null)
            return [Flow.Same([.. sides[1].Select(letter => sizes[letter])])];
        foreach ((string term, Flow flow) in terms.Zip(operands))
        {
            int axis = term.IndexOf(label!.Value, StringComparison.Ordinal);
            if (term.LastIndexOf(label.Value) != axis || (flow.Kind == FlowKind.Same && axis >= 0 && flow.Shape![axis].Known != 1))
                throw operation.Mixed("multiplies rows with something that isn't as many");
        }

        int place = sides[1].IndexOf(label!.Value, StringComparison.Ordinal);
        if (place < 0)
            throw operation.Mixed("adds rows up");
        sizes[label.Value] = rows.Shape![rows.Axis];
        return [Flow.PerRow([.. sides[1].Select(letter => sizes[letter])], place, rows.Outer)];
    }
}
